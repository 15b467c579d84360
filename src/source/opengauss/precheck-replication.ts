import type { SourceEndpoint } from '../../domain/endpoints.ts';
import type { CdcError, ErrorCode } from '../../domain/errors.ts';
import { toSourceError } from '../source-errors.ts';
import { type OpenSession, type PrecheckSessions, tryOpen } from './precheck-session.ts';
import { IDENTIFY_SYSTEM } from './server-facts.ts';

export interface ReplicationTry {
  /** On the port of the task; null: it took no session. To be closed by the caller. */
  readonly session: OpenSession | null;
  readonly error: CdcError | null;
  /** The next port, where that one takes replication sessions in its place. */
  readonly workingPort: number | null;
}

/** Answers that another port would give as well; a login refused twice counts twice towards the lock of the account. */
const SAME_ANYWHERE: ReadonlySet<ErrorCode> = new Set([
  'SOURCE_AUTH',
  'SOURCE_PERMISSION',
  'SOURCE_TLS',
  'SOURCE_DATABASE',
  'DIALECT_MISMATCH',
] as const);

/**
 * Opens a replication session. Where the user named no replicationPort and the port refuses for a reason of its own (thread
 * pool on: 22023; nobody listens), the HA port is tried, which is one higher by default.
 */
export async function tryReplication(sessions: PrecheckSessions, endpoint: SourceEndpoint): Promise<ReplicationTry> {
  const own = await identify(sessions, endpoint);
  if (own.error === null) return { ...own, workingPort: null };
  if (endpoint.replicationPort !== undefined || SAME_ANYWHERE.has(own.error.code)) return { ...own, workingPort: null };
  const replicationPort = endpoint.port + 1;
  const next = await identify(sessions, { ...endpoint, replicationPort });
  await next.session?.close();
  return { ...own, workingPort: next.error === null ? replicationPort : null };
}

async function identify(
  sessions: PrecheckSessions,
  endpoint: SourceEndpoint,
): Promise<Pick<ReplicationTry, 'session' | 'error'>> {
  const attempt = await tryOpen(() => sessions.replication(endpoint));
  if (attempt.session === null) return attempt;
  try {
    await attempt.session.query(IDENTIFY_SYSTEM);
    return attempt;
  } catch (error) {
    await attempt.session.close();
    return { session: null, error: toSourceError(error) };
  }
}
