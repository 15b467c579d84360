import { createPgoutputDecoder } from '../decode/pgoutput.ts';
import { parseDurationMs } from '../duration.ts';
import type { StreamRequest } from '../source.ts';
import type { StreamProtocol } from '../stream-protocol.ts';
import { connectionConfig } from '../transport.ts';
import { clientConfig } from './client.ts';
import { PostgresConnection } from './connection.ts';
import { quoteIdentifier } from './quoting.ts';

/** pgoutput of PostgreSQL: one frame per message, keepalives tell how far the walsender has sent. */
export function postgresProtocol(request: StreamRequest): StreamProtocol {
  const { endpoint, slot } = request;
  return {
    connection: () => new PostgresConnection(connectionConfig(endpoint)),
    clientConfig: (connection) => clientConfig(endpoint, { replication: true, connection }),
    senderTimeoutMs: async (query) => {
      const [row] = (await query('SHOW wal_sender_timeout')) as { wal_sender_timeout?: string }[];
      return parseDurationMs(row?.wal_sender_timeout ?? '');
    },
    startCommand: (lsn) => startPgoutput(slot, lsn, request.publication ?? ''),
    decoder: ({ handler }) => createPgoutputDecoder(handler),
    asked: () => undefined,
    judge: (lsn) => ({ lsn, reach: 'delivered' }),
  };
}

/**
 * The START_REPLICATION command for pgoutput. The publication is an SQL string that holds a list of identifiers (the server
 * reads it with SplitIdentifierString, which folds unquoted names to lower case).
 */
export function startPgoutput(slot: string, lsn: string, publication: string): string {
  const publications = `'${quoteIdentifier(publication).replaceAll("'", "''")}'`;
  return `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${lsn} (proto_version '1', publication_names ${publications})`;
}
