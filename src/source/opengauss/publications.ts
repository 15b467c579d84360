import type { TableName } from '../../domain/decoding.ts';
import { CdcError } from '../../domain/errors.ts';
import { createPublicationSql } from '../postgres/publications.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/quoting.ts';
import { toSourceError } from '../source-errors.ts';
import { type SqlSession, sqlState } from './sql-session.ts';

export function publicationSql(name: string): string {
  return `select pubname from pg_publication where pubname = ${quoteLiteral(name)}`;
}

/** False too on servers without publications (openGauss before 3.0). */
export async function publicationExists(client: SqlSession, name: string): Promise<boolean> {
  try {
    return (await client.query(publicationSql(name))).rows.length > 0;
  } catch (error) {
    if (sqlState(error) === '42P01') return false;
    throw error;
  }
}

/**
 * Creates a publication of exactly these tables. What it publishes is left to the server: inserts, updates, deletes, and
 * truncates where it knows them (6.0 and newer). Never FOR ALL TABLES: it would make the source refuse updates of tables
 * without a replica identity. Partitioned tables always stream under their own name. Errors: OBJECTS_EMPTY, SOURCE_PERMISSION.
 */
export async function createPublication(client: SqlSession, name: string, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) throw new CdcError('OBJECTS_EMPTY', `publication ${name} would hold no table`);
  try {
    await client.query(createPublicationSql(name, tables, false));
  } catch (error) {
    throw toSourceError(error, `creating publication ${name}`);
  }
}

/** True when it existed. Errors: SOURCE_PERMISSION with the SQL to run by hand. */
export async function dropPublication(client: SqlSession, name: string): Promise<boolean> {
  const sql = `DROP PUBLICATION IF EXISTS ${quoteIdentifier(name)};`;
  try {
    if (!(await publicationExists(client, name))) return false;
    await client.query(sql);
    return true;
  } catch (error) {
    const { code, message, data } = toSourceError(error, `dropping publication ${name}`);
    throw new CdcError(code, message, { cause: error, data, sql: [sql] });
  }
}
