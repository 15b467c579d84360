import type { SourceEndpoint } from '../../domain/endpoints.ts';
import type { CdcError } from '../../domain/errors.ts';
import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'replication-connection', group: 'source' };

export interface ReplicationAttempts {
  /** Why the port of the task took no replication session; null: it did. */
  readonly error: CdcError | null;
  /** A neighbouring port that takes replication sessions; null: none does, or none was tried. */
  readonly workingPort: number | null;
  /** Address the server sees the client under, as far as known. */
  readonly clientAddress: string | null;
}

/**
 * openGauss: with the thread pool on, replication sessions go to the HA port (port + 1 by default), and pg_hba.conf needs
 * a line of its own: `replication` in the database column, which `all` does not include.
 */
export function checkReplicationPort(endpoint: SourceEndpoint, attempts: ReplicationAttempts): CheckResult {
  const { error, workingPort } = attempts;
  const port = endpoint.replicationPort ?? endpoint.port;
  if (error === null) return passed(SUBJECT, `${endpoint.host}:${port} takes replication sessions.`);
  const message = `${endpoint.host}:${port} took no replication session, though an ordinary login works.`;
  const cure =
    workingPort === null
      ? cureOf(endpoint, error, attempts.clientAddress)
      : `Set source.replicationPort to ${workingPort}.`;
  return failed(SUBJECT, { message, cause: error.message, cure });
}

function cureOf(endpoint: SourceEndpoint, error: CdcError, clientAddress: string | null): string {
  const sourceCode = error.data.sourceCode;
  // Of the SQLSTATE's two reasons the file is named in the text, in whatever language the server speaks.
  if (sourceCode === '28000' && error.message.includes('pg_hba.conf')) return hbaCure(endpoint, clientAddress);
  if (sourceCode === '53300') return 'Raise max_wal_senders on the server and restart it.';
  return `${error.hint} Name the server itself, not a pooler; see source.replicationPort.`;
}

function hbaCure(endpoint: SourceEndpoint, clientAddress: string | null): string {
  const address = clientAddress === null ? '<address of this service>/32' : network(clientAddress);
  const line = `host replication ${hbaName(endpoint.username)} ${address} sha256`;
  return `Add this line to pg_hba.conf of the server, above any line that rejects it: ${line} — or run on a server node: gs_guc reload -Z datanode -N all -I all -h "${line}"`;
}

function network(address: string): string {
  return address.includes(':') ? `${address}/128` : `${address}/32`;
}

/** pg_hba.conf reads blanks, commas and `#` as its own, and words like `all` as keywords, unless quoted. */
function hbaName(username: string): string {
  return /^\w+$/.test(username) && username !== 'all' ? username : `"${username}"`;
}
