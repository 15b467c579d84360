import type { SourceTable } from '../source.ts';
import { type CatalogTable, readTables } from './catalog-tables.ts';
import type { SqlSession } from './sql-session.ts';
import { USER_TABLES } from './table-scope.ts';

/**
 * All tables outside the server's own schemas, without session temporary ones and the heartbeat table. Unlogged and global
 * temporary tables stay in the list so that the precheck can refuse them by name.
 */
export async function listTables(client: SqlSession): Promise<readonly SourceTable[]> {
  return (await readTables(client, USER_TABLES)).map(toSourceTable);
}

function toSourceTable(table: CatalogTable): SourceTable {
  return {
    oid: table.oid,
    schema: table.schema,
    table: table.table,
    kind: table.isPartitioned ? 'p' : 'r',
    persistence: table.persistence,
    replicaIdentity: table.replicaIdentity,
    primaryKey: table.primaryKey,
    identityColumns: table.replicaIdentity === 'i' ? table.identityIndex : [],
    columns: table.columns.map(({ name, typeName }) => ({ name, typeName })),
  };
}
