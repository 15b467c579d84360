import { createHash } from 'node:crypto';
import pg from 'pg';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { CELL_SETTINGS, type ClientConfig, openClient, type SessionOptions, sessionConfig } from '../session-client.ts';
import { connectionConfig } from '../transport.ts';
import { OpenGaussConnection } from './connection.ts';

/**
 * Idle SQL sessions end after ten minutes by default, and role or database may limit statements. Only settings every
 * version has: one the server does not know is the end of the login, and openGauss (PostgreSQL 9.2) has no lock_timeout.
 */
const SQL_SETTINGS: Readonly<Record<string, string>> = { statement_timeout: '0', session_timeout: '0' };

/** The server cuts longer application names (NAMEDATALEN - 1). Slot names are ASCII. */
const NAME_BYTES = 63;
const DIGEST_CHARACTERS = 8;

/** Server settings sent at startup besides those cells are printed under. */
type Settings = Readonly<Record<string, string>>;

/**
 * A fresh, unconnected connection for one session. Not among its settings: behavior_compat_options
 * (display_leading_zero). The threads of parallel decoding do not inherit it, and a value must be the same in every mode.
 */
export function openGaussConnection(
  endpoint: SourceEndpoint,
  { replication = false, settings = {} }: { readonly replication?: boolean; readonly settings?: Settings } = {},
): OpenGaussConnection {
  return new OpenGaussConnection(connectionConfig(endpoint), {
    username: endpoint.username,
    password: () => endpoint.password,
    settings: { ...CELL_SETTINGS, ...(replication ? {} : SQL_SETTINGS), ...settings },
  });
}

/** Settings of pg for one session, on `options.connection` or a fresh one. Holds the password: never log it. */
export function openGaussClientConfig(endpoint: SourceEndpoint, options: SessionOptions = {}): ClientConfig {
  const { replication = false } = options;
  const connection = options.connection ?? openGaussConnection(endpoint, { replication });
  return sessionConfig(endpoint, { ...options, connection });
}

/**
 * Opens an ordinary SQL session; to be closed with `closeClient`. Errors: SOURCE_UNREACHABLE, SOURCE_TLS, SOURCE_AUTH,
 * SOURCE_DATABASE, DIALECT_MISMATCH.
 */
export async function connectOpenGauss(endpoint: SourceEndpoint): Promise<pg.Client> {
  return openClient(new pg.Client(openGaussClientConfig(endpoint)), endpoint);
}

/**
 * As `connectOpenGauss`, but a walsender session on the replication port. It takes only simple queries, and every error
 * ends it. `settings` go along at startup (lockwait_timeout, logical_sender_timeout). Errors: SOURCE_PERMISSION too.
 */
export async function connectOpenGaussReplication(
  endpoint: SourceEndpoint,
  applicationName: string,
  settings: Settings = {},
): Promise<pg.Client> {
  const connection = openGaussConnection(endpoint, { replication: true, settings });
  const config = openGaussClientConfig(endpoint, { replication: true, connection, applicationName });
  return openClient(new pg.Client(config), endpoint);
}

/**
 * The application name of the session that reads a slot: the server does not tell otherwise who holds one. At most 63
 * bytes; a name too long ends in a digest, as two slots that begin alike must not have the same holder. The prefix keeps it
 * off the names by which the server gives a session another role (`subscription`, `gs_dump`, …).
 */
export function holderName(slot: string): string {
  const name = `gausscast:${slot}`;
  if (name.length <= NAME_BYTES) return name;
  const digest = createHash('sha256').update(slot).digest('hex').slice(0, DIGEST_CHARACTERS);
  return `${name.slice(0, NAME_BYTES - DIGEST_CHARACTERS - 1)}~${digest}`;
}
