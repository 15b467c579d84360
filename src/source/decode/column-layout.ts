import type { BeforeKind } from '../../domain/change.ts';
import type { Relation } from '../../domain/relation.ts';
import type { FrameReader } from './frame-reader.ts';
import { unquoteIdentifier } from './quoted-identifier.ts';
import type { RelationBook, StreamColumn, StreamTable } from './relation-book.ts';
import type { StreamChanges } from './stream-changes.ts';

/** How the columns of a row lie in a relation: what is worked out once for rows that name the same columns. */
export interface ColumnLayout {
  readonly relation: Relation;
  readonly columns: readonly StreamColumn[];
  /** Per column of the row its place in `relation`. */
  readonly positions: Int32Array;
}

/** Columns as a row names them. Errors: DECODE_FAILED where one is named twice. */
export function streamColumns(
  reader: FrameReader,
  quotedNames: readonly string[],
  types: readonly string[],
): StreamColumn[] {
  const names = quotedNames.map(unquoteIdentifier);
  if (names.length !== types.length) reader.fail(`a row has ${names.length} column names and ${types.length} types`);
  if (new Set(names).size !== names.length) reader.fail('a row names a column twice');
  return names.map((name, i) => ({ name, typeOid: 0, typeName: types[i]! }));
}

/** Finds the layouts of rows in the relations of one stream. */
export class ColumnLayouts {
  readonly #book: RelationBook;
  readonly #changes: StreamChanges;

  constructor(book: RelationBook, changes: StreamChanges) {
    this.#book = book;
    this.#changes = changes;
  }

  /** For the new row of an INSERT or UPDATE. Null: not ready (`RelationBook`). */
  ofNewRow(reader: FrameReader, entry: StreamTable, columns: readonly StreamColumn[]): ColumnLayout | null {
    if (columns.length === 0) reader.fail('a new row without columns: rows of compressed tables cannot be decoded');
    if (!this.#book.whole(entry, columns)) return null;
    return this.#layout(entry, columns, Int32Array.from(columns.keys()));
  }

  /** For an old row. `newRow`: of the row beside it, which must have its columns, as both are of one shape; null: none. */
  ofOldRow(
    reader: FrameReader,
    entry: StreamTable,
    columns: readonly StreamColumn[],
    newRow: ColumnLayout | null,
  ): ColumnLayout | null {
    // Checked here: the book would take turns between the two shapes.
    if (newRow && !columns.every((column) => newRow.columns.some((other) => isSame(column, other)))) {
      reader.fail('the old row has columns that the new one has not');
    }
    const positions = this.#book.part(entry, columns);
    return positions && this.#layout(entry, columns, positions);
  }

  #layout(entry: StreamTable, columns: readonly StreamColumn[], positions: Int32Array): ColumnLayout {
    const relation = entry.relation!;
    this.#changes.grow(relation.columns.length);
    return { relation, columns, positions };
  }
}

function isSame(one: StreamColumn, other: StreamColumn): boolean {
  return one.name === other.name && one.typeName === other.typeName;
}

/** What an old row of this layout tells: all columns, some, or (rows without replica identity) none. */
export function kindOf({ relation, positions }: ColumnLayout): BeforeKind {
  if (positions.length === 0) return 'none';
  return positions.length === relation.columns.length ? 'full' : 'key';
}
