import type { SqlSession } from './sql-session.ts';

interface TypeNameRow {
  readonly oid: string;
  readonly name: string;
  readonly schema: string;
}

/** Every type of the database; not recorded. */
export const TYPE_NAMES = `select t.oid::bigint as oid, format_type(t.oid, null) as name, quote_ident(n.nspname) as schema
from pg_type t join pg_namespace n on n.oid = t.typnamespace`;

/**
 * Oid per type name as the stream may print it. format_type puts the schema in front of what the session's search_path does not
 * reach, and the walsender's path may be another one than ours: both forms are known, the bare one where it is unambiguous.
 */
export async function readTypeOids(client: SqlSession): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<TypeNameRow>(TYPE_NAMES);
  const oids = new Map(rows.map((row) => [row.name, Number(row.oid)]));
  const bare = new Map<string, number[]>();
  for (const { schema, name, oid } of rows) {
    const prefix = `${schema}.`;
    if (schema === 'pg_catalog') continue;
    if (name.startsWith(prefix)) collect(bare, name.slice(prefix.length), Number(oid));
    else oids.set(prefix + name, Number(oid));
  }
  for (const [name, found] of bare) if (found.length === 1 && !oids.has(name)) oids.set(name, found[0]!);
  return oids;
}

function collect(lists: Map<string, number[]>, name: string, oid: number): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [oid]);
  else list.push(oid);
}
