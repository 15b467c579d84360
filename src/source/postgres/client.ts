import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { SourceEndpoint, TlsOptions } from '../../domain/endpoints.ts';
import { toSourceError } from '../source-errors.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_DELAY_MS = 30_000;
/** Ordinary statements are catalog reads; one that takes longer means that the server or the network hangs. */
const QUERY_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** Cells are printed under these (contract, "Cells"). pgoutput runs the types' output functions in the walsender's session. */
const CELL_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '3',
};

/** Role or database may set timeouts that would end a stream or a catalog read half way. */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: '30000',
  idle_in_transaction_session_timeout: '0',
  default_transaction_read_only: 'off',
};

/** pg takes these, its type declarations do not know them. `connection` is a pg Connection or one that behaves like it. */
export interface ClientConfig extends pg.ClientConfig {
  readonly replication?: 'database';
  readonly connection?: object;
}

/** What pg's Connection constructor takes; needed by whoever builds an own Connection for `clientConfig`. */
export interface ConnectionConfig {
  readonly ssl: false | ConnectionOptions;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
}

/** Settings of pg for one session with the source. Holds the password: never log it. */
export function clientConfig(
  endpoint: SourceEndpoint,
  options: { readonly replication?: boolean; readonly connection?: object } = {},
): ClientConfig {
  const port = options.replication ? (endpoint.replicationPort ?? endpoint.port) : endpoint.port;
  return {
    host: endpoint.host,
    port,
    database: endpoint.database,
    user: endpoint.username,
    // As a function: pg replaces an empty string by PGPASSWORD or .pgpass of whoever runs the service.
    password: () => endpoint.password,
    application_name: 'gausscast',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: startupOptions({ ...CELL_SETTINGS, ...SESSION_SETTINGS }),
    ...connectionConfig(endpoint),
    ...(options.replication ? { replication: 'database' } : { query_timeout: QUERY_TIMEOUT_MS }),
    ...(options.connection ? { connection: options.connection } : {}),
  };
}

/** Transport settings of a session: TLS and TCP keepalive. */
export function connectionConfig(endpoint: SourceEndpoint): ConnectionConfig {
  return { ssl: tlsConfig(endpoint.tls), keepAlive: true, keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS };
}

/**
 * Opens an ordinary SQL session. A connection lost later fails the next query instead of ending the process.
 * Errors: SOURCE_UNREACHABLE, SOURCE_TLS, SOURCE_AUTH, SOURCE_DATABASE, DIALECT_MISMATCH.
 */
export async function connect(endpoint: SourceEndpoint): Promise<pg.Client> {
  return open(new pg.Client(clientConfig(endpoint)), endpoint);
}

/** As `connect`, but a walsender session, which also takes replication commands (IDENTIFY_SYSTEM). */
export async function connectReplication(endpoint: SourceEndpoint): Promise<pg.Client> {
  return open(new pg.Client(clientConfig(endpoint, { replication: true })), endpoint);
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

async function open(client: pg.Client, endpoint: SourceEndpoint): Promise<pg.Client> {
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

/** `-c name=value` of the startup packet: wins over settings of role and database (PostgreSQL: GucSource PGC_S_CLIENT). */
function startupOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}

function tlsConfig(tls: TlsOptions | undefined): false | ConnectionOptions {
  if (tls === undefined || tls.mode === 'disable') return false;
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    rejectUnauthorized: tls.mode !== 'require',
    // verify-ca: whoever holds a certificate of this CA is trusted, whatever its name (libpq's meaning).
    ...(tls.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}
