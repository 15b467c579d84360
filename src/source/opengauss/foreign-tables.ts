import type { SourceTable } from '../source.ts';
import type { SqlSession } from './sql-session.ts';

interface ForeignRow {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
}

/** MOT tables are foreign tables too; oids as in table-scope.ts. Not run on a server in this form. */
export const FOREIGN_TABLES = `select n.nspname as schema, c.relname as table, c.oid::bigint as oid
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'f' and c.oid >= 16384 and n.nspname !~ '^pg_'
order by 1, 2`;

/** Tables that are never listed as capturable; a selection that would take them is refused instead of passing them over. */
export async function listForeignTables(client: SqlSession): Promise<readonly SourceTable[]> {
  const { rows } = await client.query<ForeignRow>(FOREIGN_TABLES);
  return rows.map(({ oid, schema, table }) => ({
    oid: Number(oid),
    schema,
    table,
    kind: 'r',
    persistence: 'p',
    replicaIdentity: 'n',
    primaryKey: [],
    identityColumns: [],
    columns: [],
  }));
}
