import type pg from 'pg';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import type { CdcError } from '../../domain/errors.ts';
import { closeClient } from '../session-client.ts';
import { toSourceError } from '../source-errors.ts';
import { connectOpenGauss, connectOpenGaussReplication } from './client.ts';
import type { SqlSession } from './sql-session.ts';

/** Tells the precheck's session from streams and administration in the server's views. */
const APPLICATION_NAME = 'gausscast precheck';

export interface OpenSession extends SqlSession {
  close(): Promise<void>;
}

/** Ways to open the sessions of a precheck; each call is one login. Errors as those of client.ts. */
export interface PrecheckSessions {
  sql(endpoint: SourceEndpoint): Promise<OpenSession>;
  replication(endpoint: SourceEndpoint): Promise<OpenSession>;
}

export const SERVER_SESSIONS: PrecheckSessions = {
  sql: async (endpoint) => sessionOf(await connectOpenGauss(endpoint)),
  replication: async (endpoint) => sessionOf(await connectOpenGaussReplication(endpoint, APPLICATION_NAME)),
};

export type Attempt =
  | { readonly session: OpenSession; readonly error: null }
  | { readonly session: null; readonly error: CdcError };

/** One attempt to log in. Never throws. */
export async function tryOpen(open: () => Promise<OpenSession>): Promise<Attempt> {
  try {
    return { session: await open(), error: null };
  } catch (error) {
    return { session: null, error: toSourceError(error) };
  }
}

function sessionOf(client: pg.Client): OpenSession {
  return { query: (text) => client.query(text), close: () => closeClient(client) };
}
