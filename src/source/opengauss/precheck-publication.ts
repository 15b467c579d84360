import { quoteLiteral } from '../postgres/quoting.ts';
import type { PublicationFacts, PublicationSyntax } from '../precheck/facts.ts';
import { type SqlSession, sqlState } from './sql-session.ts';

/** A row of pg_publication; which columns there are depends on the version. */
interface PublicationRow {
  readonly puballtables: boolean;
  readonly pubinsert: boolean;
  readonly pubupdate: boolean;
  readonly pubdelete: boolean;
  /** From 6.0 on. */
  readonly pubtruncate?: boolean;
}

export function publicationSql(name: string): string {
  return `select * from pg_publication where pubname = ${quoteLiteral(name)}`;
}

/** Not run on a server in this form. */
export function publishedTablesSql(name: string): string {
  return `select n.nspname as schema, c.relname as table
from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
where p.pubname = ${quoteLiteral(name)}`;
}

/** The publication, null when there is none, and which of PostgreSQL's options the server knows. */
export async function readGaussPublication(
  client: SqlSession,
  name: string,
): Promise<{ readonly publication: PublicationFacts | null; readonly syntax: PublicationSyntax }> {
  const row = await readRow(client, name);
  const syntax: PublicationSyntax = { viaRoot: false, truncate: row?.pubtruncate !== undefined };
  if (row === null) return { publication: null, syntax };
  const tables = (await client.query<{ schema: string; table: string }>(publishedTablesSql(name))).rows;
  const publication: PublicationFacts = {
    allTables: row.puballtables,
    insert: row.pubinsert,
    update: row.pubupdate,
    delete: row.pubdelete,
    // Changes of partitions come under the root's name, and there are neither row filters nor column lists.
    viaRoot: true,
    tables,
    filtered: [],
  };
  return { publication, syntax };
}

/** Null too on servers without publications (openGauss before 3.0; perhaps GaussDB). */
async function readRow(client: SqlSession, name: string): Promise<PublicationRow | null> {
  try {
    return (await client.query<PublicationRow>(publicationSql(name))).rows[0] ?? null;
  } catch (error) {
    if (sqlState(error) === '42P01') return null;
    throw error;
  }
}
