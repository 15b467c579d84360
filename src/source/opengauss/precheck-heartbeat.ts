import { HEARTBEAT_TABLE } from '../../domain/decoding.ts';
import { quoteLiteral } from '../postgres/quoting.ts';
import type { HeartbeatFacts } from '../precheck/gauss-facts.ts';
import type { SqlSession } from './sql-session.ts';

interface HeartbeatRow {
  readonly can_use: boolean;
  readonly can_create: boolean;
  /** Null: no such table. */
  readonly can_write: boolean | null;
}

/** No row: there is no such schema. Not run on a server in this form. */
export function heartbeatFactsSql(schema: string): string {
  return `select has_schema_privilege(n.oid, 'USAGE') as can_use, has_schema_privilege(n.oid, 'CREATE') as can_create,
  (select has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT') and has_table_privilege(c.oid, 'UPDATE')
   from pg_class c where c.relnamespace = n.oid and c.relkind = 'r' and c.relname = ${quoteLiteral(HEARTBEAT_TABLE)}) as can_write
from pg_namespace n where n.nspname = ${quoteLiteral(schema)}`;
}

export async function readHeartbeatFacts(client: SqlSession, schema: string): Promise<HeartbeatFacts> {
  const row = (await client.query<HeartbeatRow>(heartbeatFactsSql(schema))).rows[0];
  return {
    schemaExists: row !== undefined,
    canUseSchema: row?.can_use ?? false,
    canCreateInSchema: row?.can_create ?? false,
    tableExists: typeof row?.can_write === 'boolean',
    canWrite: row?.can_write ?? false,
  };
}
