import type pg from 'pg';
import type { SourceEndpoint } from '../domain/endpoints.ts';
import { toSourceError } from './source-errors.ts';
import { connectionConfig } from './transport.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** Ordinary statements are catalog reads; one that takes longer means that the server or the network hangs. */
const QUERY_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** Cells are printed under these (contract, "Cells"), in every dialect. */
export const CELL_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '3',
};

/** pg takes these, its type declarations do not know them. `connection` is a pg Connection or one that behaves like it. */
export interface ClientConfig extends pg.ClientConfig {
  readonly replication?: 'database';
  readonly connection?: object;
}

export interface SessionOptions {
  readonly replication?: boolean;
  readonly connection?: object;
  readonly applicationName?: string;
}

/** What the sessions of all dialects have in common. Holds the password: never log it. */
export function sessionConfig(endpoint: SourceEndpoint, options: SessionOptions): ClientConfig {
  return {
    host: endpoint.host,
    port: options.replication ? (endpoint.replicationPort ?? endpoint.port) : endpoint.port,
    database: endpoint.database,
    user: endpoint.username,
    // As a function: pg replaces an empty string by PGPASSWORD or .pgpass of whoever runs the service.
    password: () => endpoint.password,
    application_name: options.applicationName ?? 'gausscast',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...connectionConfig(endpoint),
    ...(options.replication ? { replication: 'database' } : { query_timeout: QUERY_TIMEOUT_MS }),
    ...(options.connection ? { connection: options.connection } : {}),
  };
}

/**
 * Logs a client in, once. A connection lost later fails the next query instead of ending the process.
 * Errors: SOURCE_UNREACHABLE, SOURCE_TLS, SOURCE_AUTH, SOURCE_DATABASE, SOURCE_PERMISSION, DIALECT_MISMATCH.
 */
export async function openClient(client: pg.Client, endpoint: SourceEndpoint): Promise<pg.Client> {
  // Without a listener Node ends the process; the loss shows itself in the next query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.connection.stream.destroy();
    throw toSourceError(error, `cannot connect to ${endpoint.host}:${client.port} database ${endpoint.database}`);
  }
}

/** Ends a session; never throws, and gives up waiting for a peer that does not answer. */
export async function closeClient(client: pg.Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const gaveUp = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      client.connection.stream.destroy();
      resolve();
    }, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([client.end().catch(() => undefined), gaveUp]);
  clearTimeout(timer);
}
