import type { Client } from 'pg';
import type { LogicalReplicationService } from 'pg-logical-replication';
import { CdcError } from '../domain/errors.ts';
import type { StreamProtocol } from './stream-protocol.ts';

/** What the library calls a plugin (it exports no type for it). */
type Plugin = Parameters<LogicalReplicationService['subscribe']>[0];

/**
 * Starts a stream through pg-logical-replication, whose own plugins do not quote names. Decoding is not its business.
 * `serverTimeout` hears the server's timeout for silent clients (ms, 0: off) before the stream starts.
 */
export function startReplication(
  protocol: Pick<StreamProtocol, 'senderTimeoutMs' | 'startCommand'>,
  serverTimeout: (ms: number) => void,
): Plugin {
  return {
    options: {},
    name: 'gausscast',
    start: async (client: Client, _slot: string, lsn: string) => {
      serverTimeout(await protocol.senderTimeoutMs(async (sql) => (await client.query<object>(sql)).rows));
      return client.query(protocol.startCommand(lsn));
    },
    parse: () => {
      throw new CdcError('INTERNAL', 'a frame went past the stream connection');
    },
  };
}
