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
}
