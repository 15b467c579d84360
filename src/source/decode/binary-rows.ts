import { CELL_UNCHANGED } from '../../domain/cell.ts';
import type { BeforeKind } from '../../domain/change.ts';
import type { BinaryTable } from './binary-tables.ts';
import type { FrameReader } from './frame-reader.ts';
import type { RelationBook } from './relation-book.ts';
import { type RowColumns, type RowLayout, readKnownRow, readRowColumns } from './row-layout.ts';
import type { StreamChanges } from './stream-changes.ts';

const NEW_ROW = 0x4e; // N
const OLD_ROW = 0x4f; // O

/** Reads the rows of changes into `changes`; table.entry.relation is their shape afterwards. */
export class BinaryRows {
  readonly #book: RelationBook;
  readonly #changes: StreamChanges;

  constructor(book: RelationBook, changes: StreamChanges) {
    this.#book = book;
    this.#changes = changes;
  }

  /** The new row: all columns of the table. False: not ready. */
  readNew(table: BinaryTable, record: FrameReader): boolean {
    const { newRow } = this.#changes;
    // Rows of compressed pages are not decoded by the server: what is sent of them is empty.
    if (record.at === record.end || record.uint8() !== NEW_ROW) record.fail('no new row (a row-compressed table?)');
    const { newLayout } = table;
    if (isCurrent(newLayout, table) && readKnownRow(record, newLayout, newRow)) return true;
    const { at } = record;
    const row = readRowColumns(record);
    if (row.columns.length === 0) record.fail('a new row without columns (a row-compressed table?)');
    if (!this.#book.whole(table.entry, row.columns)) return false;
    const positions = Int32Array.from(row.columns, (_, i) => i);
    table.newLayout = this.#layoutOf(table, row, positions);
    record.at = at;
    return readKnownRow(record, table.newLayout, newRow);
  }

  /** The old row, last part of a record: all columns, those of the identity, or nothing. Null: not ready. */
  readOld(table: BinaryTable, record: FrameReader): BeforeKind | null {
    if (record.at === record.end) return this.#shapeOfNothing(table);
    const tag = record.uint8();
    if (tag !== OLD_ROW) record.fail(`unknown kind ${tag} of row`);
    const { oldLayout } = table;
    if (isCurrent(oldLayout, table)) {
      const kind = this.#readKnownOld(record, oldLayout);
      if (kind !== null) return kind;
    }
    const { at } = record;
    const row = readRowColumns(record);
    if (row.columns.length === 0) return this.#shapeOfNothing(table);
    const positions = this.#book.part(table.entry, row.columns);
    if (positions === null) return null;
    table.oldLayout = this.#layoutOf(table, row, positions);
    record.at = at;
    return this.#readKnownOld(record, table.oldLayout);
  }

  /** Null: other columns than those of `layout`. */
  #readKnownOld(record: FrameReader, layout: RowLayout): BeforeKind | null {
    const { oldRow } = this.#changes;
    const columns = layout.relation.columns.length;
    const isFull = layout.positions.length === columns;
    if (!isFull) oldRow.length.fill(CELL_UNCHANGED, 0, columns);
    if (!readKnownRow(record, layout, oldRow)) return null;
    return isFull ? 'full' : 'key';
  }

  /** A row of which nothing was sent still belongs to a relation. */
  #shapeOfNothing(table: BinaryTable): BeforeKind | null {
    const isKnown = table.entry.relation !== null || this.#book.part(table.entry, []) !== null;
    return isKnown ? 'none' : null;
  }

  #layoutOf({ entry }: BinaryTable, { heads, headEnds }: RowColumns, positions: Int32Array): RowLayout {
    const relation = entry.relation!;
    this.#changes.grow(relation.columns.length);
    return { relation, heads, headEnds, positions };
  }
}

/** A layout is void when the table's shape has changed since. */
function isCurrent(layout: RowLayout | null, { entry }: BinaryTable): layout is RowLayout {
  return layout !== null && layout.relation === entry.relation;
}
