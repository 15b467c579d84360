import pg from 'pg';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import {
  CELL_SETTINGS,
  type ClientConfig,
  closeClient,
  openClient,
  type SessionOptions,
  sessionConfig,
} from '../session-client.ts';
import { toSourceError } from '../source-errors.ts';
import { connectionConfig } from '../transport.ts';
import { PostgresConnection } from './connection.ts';

/** Role or database may set timeouts that would end a stream or a catalog read half way. */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: '30000',
  idle_in_transaction_session_timeout: '0',
  default_transaction_read_only: 'off',
};

/** Settings of pg for one session with the source. Holds the password: never log it. */
export function clientConfig(endpoint: SourceEndpoint, options: SessionOptions = {}): ClientConfig {
  // pgoutput runs the types' output functions in the walsender's session: under these settings too.
  const settings = { ...CELL_SETTINGS, ...SESSION_SETTINGS };
  return { ...sessionConfig(endpoint, options), options: startupOptions(settings) };
}

/**
 * Opens an ordinary SQL session. A connection lost later fails the next query instead of ending the process.
 * Errors: SOURCE_UNREACHABLE, SOURCE_TLS, SOURCE_AUTH, SOURCE_DATABASE, DIALECT_MISMATCH.
 */
export async function connect(endpoint: SourceEndpoint): Promise<pg.Client> {
  return open(endpoint, false);
}

/** As `connect`, but a walsender session, which also takes replication commands (IDENTIFY_SYSTEM). */
export async function connectReplication(endpoint: SourceEndpoint): Promise<pg.Client> {
  return open(endpoint, true);
}

/** Runs `fn` with a fresh session and closes it whatever happens; errors are classified. */
export async function withClient<T>(endpoint: SourceEndpoint, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(endpoint);
  try {
    return await fn(client);
  } catch (error) {
    throw toSourceError(error);
  } finally {
    await closeClient(client);
  }
}

async function open(endpoint: SourceEndpoint, replication: boolean): Promise<pg.Client> {
  const connection = new PostgresConnection(connectionConfig(endpoint));
  return openClient(new pg.Client(clientConfig(endpoint, { replication, connection })), endpoint);
}

/** `-c name=value` of the startup packet: wins over settings of role and database (PostgreSQL: GucSource PGC_S_CLIENT). */
function startupOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}
