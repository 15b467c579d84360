import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { closeClient } from '../session-client.ts';
import { settledLsn } from '../settled-lsn.ts';
import type { Catalog, ServerFacts } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { connectOpenGauss } from './client.ts';
import { withReplication } from './replication-session.ts';
import { readCurrentLsn, readServer, readSystemId, readWalPositions } from './server-facts.ts';
import type { SqlSession } from './sql-session.ts';
import { describeRelation } from './table-description.ts';
import { listTables } from './table-list.ts';

/** Opens a session for catalog reads; the caller closes it. Errors as `connectOpenGauss`, then by SQLSTATE. */
export async function openOpenGaussCatalog(endpoint: SourceEndpoint): Promise<Catalog> {
  const client = await connectOpenGauss(endpoint);
  return {
    ...catalogReads(client, () => withReplication(endpoint, readSystemId)),
    close: () => closeClient(client),
  };
}

/** Catalog reads over an open session. `systemId`: asked of a replication session. */
export function catalogReads(client: SqlSession, systemId: () => Promise<string>): Omit<Catalog, 'close'> {
  return {
    facts: () => guarded('reading facts of the server', () => readFacts(client, systemId)),
    currentLsn: () => guarded('reading the WAL position', () => settledLsn(() => readWalPositions(client))),
    listTables: () => guarded('listing tables', () => listTables(client)),
    describe: (relation) =>
      guarded(`describing ${relation.schema}.${relation.table}`, () => describeRelation(client, relation)),
  };
}

async function readFacts(client: SqlSession, systemId: () => Promise<string>): Promise<ServerFacts> {
  return { ...(await readServer(client)), systemId: await systemId(), currentLsn: await readCurrentLsn(client) };
}

async function guarded<T>(context: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toSourceError(error, context);
  }
}
