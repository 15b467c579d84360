import type { ChangeHandler } from '../../domain/change.ts';
import type { Column, Relation } from '../../domain/relation.ts';
import type { DecodeControl } from './frame-decoder.ts';
import type { ShapeSource, TableShape } from './shapes.ts';

/** A column as one row of the stream names it; formats tell the type's oid (0: not) or its name (null: not). */
export interface StreamColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typeName: string | null;
}

/** A table of the stream. `relation`: its announced shape; null before its first change. */
export interface StreamTable {
  readonly schema: string;
  readonly table: string;
  relation: Relation | null;
  /** Columns for which the catalog was asked because it did not fit: not twice for the same. */
  askedFor: string;
}

/**
 * The relations of formats that name table and columns in every row and announce nothing (mppdb_decoding, parallel styles).
 * A shape is taken from rows that hold all columns; where a row holds the identity columns only, from the catalog. Decoders
 * come here only when a row's columns differ from the ones before. "Not ready": the stream is held; the caller keeps the
 * record and decodes it again from `goOn`.
 */
export class RelationBook {
  readonly #handler: Pick<ChangeHandler, 'relation'>;
  readonly #shapes: ShapeSource;
  readonly #control: DecodeControl;
  readonly #tables = new Map<string, Map<string, StreamTable>>();

  constructor(handler: Pick<ChangeHandler, 'relation'>, shapes: ShapeSource, control: DecodeControl) {
    this.#handler = handler;
    this.#shapes = shapes;
    this.#control = control;
  }

  table(schema: string, table: string): StreamTable {
    let tables = this.#tables.get(schema);
    if (tables === undefined) {
      tables = new Map();
      this.#tables.set(schema, tables);
    }
    let entry = tables.get(table);
    if (entry === undefined) {
      entry = { schema, table, relation: null, askedFor: '' };
      tables.set(table, entry);
    }
    return entry;
  }

  /** Makes `entry.relation` the shape with exactly these columns, announced. False: not ready. */
  whole(entry: StreamTable, columns: readonly StreamColumn[]): boolean {
    const shape = this.#shapeOf(entry);
    if (shape === undefined) return false;
    const relation = this.#relationOf(entry, columns, shape);
    if (entry.relation !== null && isSameShape(entry.relation, relation)) return true;
    const isKnown = shape !== null && isSameShape(shape.relation, relation);
    // The catalog was read before the table was changed: identity and type modifiers may be old too.
    if (!isKnown && this.#askAgain(entry, columns)) return false;
    return this.#announce(entry, relation);
  }

  /** Positions in `entry.relation` of these columns of an old row, which may be some of all. Null: not ready. */
  part(entry: StreamTable, columns: readonly StreamColumn[]): Int32Array | null {
    const known = entry.relation && this.#positionsIn(entry.relation, columns, entry);
    if (known !== null) return known;
    const shape = this.#shapeOf(entry);
    if (shape === undefined) return null;
    const found = shape && this.#positionsIn(shape.relation, columns, entry);
    if (found === null && this.#askAgain(entry, columns)) return null;
    // A table that is gone or was changed since: what the row itself holds is all that is known of its shape.
    const relation = found === null ? this.#relationOf(entry, columns, shape) : shape!.relation;
    if (!this.#announce(entry, relation)) return null;
    return found ?? Int32Array.from(columns, (_, at) => at);
  }

  /** Null: a column is not there, or is now of another type. */
  #positionsIn(
    relation: Relation,
    columns: readonly StreamColumn[],
    { schema, table }: StreamTable,
  ): Int32Array | null {
    const shape = this.#shapes.find(schema, table) ?? null;
    const positions = Int32Array.from(columns, (column) => {
      const { name, typeOid } = this.#columnOf(column, shape);
      return relation.columns.findIndex((known) => known.name === name && known.typeOid === typeOid);
    });
    return positions.includes(-1) ? null : positions;
  }

  #shapeOf({ schema, table }: StreamTable): TableShape | null | undefined {
    const shape = this.#shapes.find(schema, table);
    if (shape === undefined) this.#shapes.load(schema, table);
    return shape;
  }

  #askAgain(entry: StreamTable, columns: readonly StreamColumn[]): boolean {
    const wanted = JSON.stringify(columns);
    if (entry.askedFor === wanted) return false;
    entry.askedFor = wanted;
    this.#shapes.load(entry.schema, entry.table);
    return true;
  }

  /** True when the handler lets the stream go on at once. */
  #announce(entry: StreamTable, relation: Relation): boolean {
    entry.relation = relation;
    this.#handler.relation(relation);
    return this.#control.mayGoOn();
  }

  #relationOf({ schema, table }: StreamTable, columns: readonly StreamColumn[], shape: TableShape | null): Relation {
    const known = shape?.relation;
    return {
      oid: known?.oid ?? 0,
      schema,
      table,
      replicaIdentity: known?.replicaIdentity ?? 'd',
      columns: columns.map((column) => this.#columnOf(column, shape)),
    };
  }

  /** The catalog's column where name and type agree; else what the stream tells. */
  #columnOf({ name, typeOid, typeName }: StreamColumn, shape: TableShape | null): Column {
    const at = shape?.relation.columns.findIndex((column) => column.name === name) ?? -1;
    const known = at < 0 ? undefined : shape!.relation.columns[at]!;
    if (known !== undefined && (typeName === null || isNamed(typeName, shape!.typeNames[at]!))) {
      if (typeOid === 0 || typeOid === known.typeOid) return known;
    }
    const oid = typeOid === 0 ? this.#shapes.typeOid(typeName ?? '') : typeOid;
    return { name, typeOid: oid, typeModifier: -1, isIdentity: known?.isIdentity ?? false };
  }
}

/** JSON and text styles print clob as text (reference of the format, §3.3). */
function isNamed(streamed: string, catalog: string): boolean {
  return streamed === catalog || (streamed === 'text' && catalog === 'clob');
}

function isSameShape(one: Relation, other: Relation): boolean {
  return (
    one.oid === other.oid &&
    one.replicaIdentity === other.replicaIdentity &&
    one.columns.length === other.columns.length &&
    one.columns.every((column, at) => isSameColumn(column, other.columns[at]!))
  );
}

function isSameColumn(one: Column, other: Column): boolean {
  return (
    one.name === other.name &&
    one.typeOid === other.typeOid &&
    one.typeModifier === other.typeModifier &&
    one.isIdentity === other.isIdentity
  );
}
