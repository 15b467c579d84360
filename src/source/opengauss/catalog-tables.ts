import type { ReplicaIdentity } from '../../domain/relation.ts';
import type { SourceTable } from '../source.ts';
import type { SqlSession } from './sql-session.ts';

export interface CatalogColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  /** `format_type(oid, NULL)`. */
  readonly typeName: string;
}

/** A table as the catalog shows it now. */
export interface CatalogTable {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly persistence: SourceTable['persistence'];
  readonly isPartitioned: boolean;
  readonly replicaIdentity: ReplicaIdentity;
  /** In table order, generated ones too: mppdb_decoding and the parallel styles stream them. */
  readonly columns: readonly CatalogColumn[];
  /** In key order; empty: none. */
  readonly primaryKey: readonly string[];
  /** Columns of the index marked as replica identity, in key order, whatever the identity is; empty: none. */
  readonly identityIndex: readonly string[];
}

interface TableRow {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly relpersistence: SourceTable['persistence'];
  readonly relreplident: ReplicaIdentity | null;
  readonly parttype: string | null;
}

interface ColumnRow {
  readonly oid: string;
  readonly attname: string;
  readonly type_oid: string;
  readonly atttypmod: number;
  readonly type: string;
}

interface KeyRow {
  readonly oid: string;
  readonly indisprimary: boolean;
  readonly indisreplident: boolean;
  readonly attname: string;
}

/** The recorded query `tables` without what only prechecks ask. `scope`: see table-scope.ts. */
export function tablesSql(scope: string): string {
  return `select n.nspname as schema, c.relname as table, c.oid::bigint as oid, c.relpersistence, c.relreplident, c.parttype
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where ${scope}
order by 1, 2`;
}

/** The recorded query `columns` for many tables at once; not recorded in this form. */
export function columnsSql(scope: string): string {
  return `select c.oid::bigint as oid, a.attname, a.atttypid::bigint as type_oid, a.atttypmod, format_type(a.atttypid, null) as type
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and ${scope}
order by c.oid, a.attnum`;
}

/**
 * The recorded query `primaryKey` for many tables and for identity indexes too; not recorded in this form. Columns behind
 * indnkeyatts are no key (the partition's oid in a global index).
 */
export function keysSql(scope: string): string {
  return `select k.indrelid::bigint as oid, k.indisprimary, k.indisreplident, a.attname
from (select i.indrelid, i.indexrelid, i.indisprimary, i.indisreplident, i.indkey,
             generate_series(0, i.indnkeyatts - 1) as key_at
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      where (i.indisprimary or i.indisreplident) and ${scope}) k
join pg_attribute a on a.attrelid = k.indrelid and a.attnum = k.indkey[k.key_at]
order by k.indexrelid, k.key_at`;
}

/** Reads all tables of the scope with their columns and keys in three statements, however many there are. */
export async function readTables(client: SqlSession, scope: string): Promise<readonly CatalogTable[]> {
  const tables = (await client.query<TableRow>(tablesSql(scope))).rows;
  if (tables.length === 0) return [];
  const columns = byOid((await client.query<ColumnRow>(columnsSql(scope))).rows);
  const keys = byOid((await client.query<KeyRow>(keysSql(scope))).rows);
  return tables.map((row) => toTable(row, columns.get(row.oid) ?? [], keys.get(row.oid) ?? []));
}

function byOid<R extends { readonly oid: string }>(rows: readonly R[]): ReadonlyMap<string, readonly R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.oid);
    if (group === undefined) groups.set(row.oid, [row]);
    else group.push(row);
  }
  return groups;
}

function toTable(row: TableRow, columns: readonly ColumnRow[], keys: readonly KeyRow[]): CatalogTable {
  return {
    oid: Number(row.oid),
    schema: row.schema,
    table: row.table,
    persistence: row.relpersistence,
    // p(artitioned), s(ubpartitioned), v(alue partitioned); n: not.
    isPartitioned: row.parttype === 'p' || row.parttype === 's' || row.parttype === 'v',
    // NULL on servers upgraded from releases without it, and then meant as nothing.
    replicaIdentity: row.relreplident ?? 'n',
    columns: columns.map(toColumn),
    primaryKey: keys.filter((key) => key.indisprimary).map((key) => key.attname),
    identityIndex: keys.filter((key) => key.indisreplident).map((key) => key.attname),
  };
}

function toColumn(row: ColumnRow): CatalogColumn {
  return { name: row.attname, typeOid: Number(row.type_oid), typeModifier: row.atttypmod, typeName: row.type };
}
