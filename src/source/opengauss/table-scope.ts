import { HEARTBEAT_TABLE, type TableName } from '../../domain/decoding.ts';
import { quoteLiteral } from '../postgres/quoting.ts';
import { literalList } from './sql-session.ts';

/** Objects below are made by initdb (FirstNormalObjectId, as in PostgreSQL). */
const FIRST_USER_OID = 16_384;

/**
 * Schemas of the server itself whose tables are made at run time too (performance snapshots, ledger history, column store
 * parts), so that their oids do not tell them apart. The initial user's own schema is made by initdb as well but is not one.
 */
const SYSTEM_SCHEMAS: readonly string[] = [
  'information_schema',
  'blockchain',
  'cstore',
  'db4ai',
  'dbe_perf',
  'dbe_pldebugger',
  'dbe_pldeveloper',
  'dbe_sql_util',
  'pkg_service',
  'snapshot',
  'sqladvisor',
];

/**
 * Conditions over `pg_class c` and `pg_namespace n` that say which tables a statement of catalog-tables.ts reads. Partitions
 * need no condition: they are not in pg_class, and a partitioned table has relkind r like any other.
 */
export const USER_TABLES = `c.relkind = 'r' and c.oid >= ${FIRST_USER_OID} and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname not in ${literalList(SYSTEM_SCHEMAS)}
  and c.relname <> ${quoteLiteral(HEARTBEAT_TABLE)}`;

/**
 * At least these tables, and others of the same name in the other schemas named: a list of pairs would become a chain of ORs
 * as deep as the list is long, and thousands of them exceed the server's stack. Not for an empty list.
 */
export function tablesNamed(tables: readonly TableName[]): string {
  const schemas = [...new Set(tables.map((one) => one.schema))];
  const names = [...new Set(tables.map((one) => one.table))];
  return `c.relkind = 'r' and n.nspname in ${literalList(schemas)} and c.relname in ${literalList(names)}`;
}

/** The table with this oid and the one with this name, which may be two, one or none. */
export function tableOfOidOrName(oid: number, { schema, table }: TableName): string {
  const byName = `n.nspname = ${quoteLiteral(schema)} and c.relname = ${quoteLiteral(table)}`;
  return `c.relkind = 'r' and (c.oid = ${quoteLiteral(String(oid))} or (${byName}))`;
}

/** Tells whether a table is one of these, as `tablesNamed` alone cannot. */
export function isAmong(tables: readonly TableName[]): (table: TableName) => boolean {
  const wanted = new Set(tables.map(nameKey));
  return (table) => wanted.has(nameKey(table));
}

/** One key per table; a NUL byte is in no name. */
export function nameKey({ schema, table }: TableName): string {
  return `${schema}\0${table}`;
}
