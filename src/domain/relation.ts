/** A column as the stream announced it. */
export interface Column {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  /** The wire's "part of the replica identity" flag. Says which cells an old key row carries; never used as primary key. */
  readonly isIdentity: boolean;
}

/** Replica identity: d(efault), f(ull), i(ndex), n(othing). */
export type ReplicaIdentity = 'd' | 'f' | 'i' | 'n';

/**
 * One version of a table's shape as seen in the stream. The decoder makes a new object whenever the announced shape
 * differs, so object identity is version identity; what is compiled for a relation hangs on the object.
 */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly replicaIdentity: ReplicaIdentity;
  readonly columns: readonly Column[];
}

/** What the catalog knows of a column's type beyond its name; domains are resolved. */
export interface ColumnFacts {
  /** pg_type.typname of the base type (`int4`, `_text`, `mood`). */
  readonly baseTypeName: string;
  /** The modifier that counts: the column's, or that of its domain; -1: none. */
  readonly typeModifier: number;
  /** Of the column or of its domain. */
  readonly isNotNull: boolean;
  /** `pg_get_expr` of the column's default; null: none, or a generated column. */
  readonly defaultExpression: string | null;
  readonly isDomain: boolean;
  /** Labels in order: of an enum, or of the elements of an array of enums. */
  readonly enumLabels: readonly string[] | null;
  /** Element type of an array: oid (domains resolved), typname, and its category as in `typeCategories`. */
  readonly element: { readonly oid: number; readonly name: string; readonly category: string } | null;
}

/** What the catalog knows beyond the stream about a relation. Columns are aligned with `relation.columns`. */
export interface TableDescription {
  readonly relation: Relation;
  /** Positions in `relation.columns` of the primary key columns, in key order (pg_index). Empty: no primary key. */
  readonly keyColumns: readonly number[];
  /** Positions of the columns of the replica identity (all for FULL). */
  readonly identityColumns: readonly number[];
  /** `format_type(oid, NULL)` per column. */
  readonly typeNames: readonly string[];
  /** Type oid with domains resolved to their base type, per column. */
  readonly baseTypeOids: readonly number[];
  /** pg_type.typtype of the base type per column ('b' base, 'e' enum, 'c' composite, 'r' range, …); arrays: typcategory 'A'. */
  readonly typeCategories: readonly string[];
  readonly facts: readonly ColumnFacts[];
  /** Positions of the columns of each unique index that is not the primary key, in index order, indexes by name. */
  readonly uniqueIndexes: readonly (readonly number[])[];
}
