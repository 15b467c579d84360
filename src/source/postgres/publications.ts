import type pg from 'pg';
import { CdcError } from '../../domain/errors.ts';
import { toSourceError } from '../source-errors.ts';
import { quoteIdentifier, quoteTable } from './quoting.ts';

interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** `publish_via_partition_root` exists from here on. */
export const PARTITION_ROOT_VERSION = 130_000;

export async function publicationExists(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query('SELECT 1 FROM pg_publication WHERE pubname = $1', [name]);
  return rows.length > 0;
}

/**
 * Creates a publication of exactly these tables. Never FOR ALL TABLES: it would make the source refuse updates of tables
 * without a replica identity. Errors: OBJECTS_EMPTY, OPTION_UNSUPPORTED (partitioned tables before 13), SOURCE_PERMISSION.
 */
export async function createPublication(client: pg.Client, name: string, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) throw new CdcError('OBJECTS_EMPTY', `publication ${name} would hold no table`);
  try {
    const viaRoot = (await serverVersion(client)) >= PARTITION_ROOT_VERSION;
    if (!viaRoot) await refusePartitioned(client, tables);
    await client.query(createPublicationSql(name, tables, viaRoot));
  } catch (error) {
    throw toSourceError(error, `creating publication ${name}`);
  }
}

/** The statement, for the server and for people; `viaRoot`: changes of partitions are published under their root. */
export function createPublicationSql(name: string, tables: readonly TableName[], viaRoot: boolean): string {
  const list = tables.map(quoteTable).join(', ');
  const options = viaRoot ? ' WITH (publish_via_partition_root = true)' : '';
  return `CREATE PUBLICATION ${quoteIdentifier(name)} FOR TABLE ${list}${options};`;
}

/** True when it existed. Errors: SOURCE_PERMISSION with the SQL to run by hand. */
export async function dropPublication(client: pg.Client, name: string): Promise<boolean> {
  const sql = `DROP PUBLICATION IF EXISTS ${quoteIdentifier(name)};`;
  try {
    const existed = await publicationExists(client, name);
    await client.query(sql);
    return existed;
  } catch (error) {
    const { code, message, data } = toSourceError(error, `dropping publication ${name}`);
    throw new CdcError(code, message, { cause: error, data, sql: [sql] });
  }
}

async function serverVersion(client: pg.Client): Promise<number> {
  const sql = "SELECT current_setting('server_version_num')::int AS version";
  const { rows } = await client.query<{ version: number }>(sql);
  return rows[0]!.version;
}

async function refusePartitioned(client: pg.Client, tables: readonly TableName[]): Promise<void> {
  const { rows } = await client.query<{ schema: string; table: string }>(
    `SELECT n.nspname AS schema, c.relname AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'p'`,
  );
  const partitioned = new Set(rows.map(quoteTable));
  const refused = tables.filter((table) => partitioned.has(quoteTable(table)));
  if (refused.length === 0) return;
  throw new CdcError(
    'OPTION_UNSUPPORTED',
    `partitioned tables need PostgreSQL 13 or newer: ${refused.map(quoteTable).join(', ')}`,
    { hint: 'Exclude them (objects.exclude), or upgrade the source.' },
  );
}
