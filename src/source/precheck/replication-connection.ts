import type { SourceEndpoint } from '../../domain/endpoints.ts';
import type { CdcError } from '../../domain/errors.ts';
import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'replication-connection', group: 'source' };

/** A replication session could be opened (own port, pg_hba.conf, no pooler in between). `error`: why not. */
export function checkReplicationConnection(endpoint: SourceEndpoint, error: CdcError | null): CheckResult {
  const port = endpoint.replicationPort ?? endpoint.port;
  if (error === null) return passed(SUBJECT, `${endpoint.host}:${port} takes replication sessions.`);
  return failed(SUBJECT, {
    message: `${endpoint.host}:${port} took no replication session, though an ordinary login works.`,
    cause: error.message,
    cure: `${error.hint} Name the server itself, not a pooler; see source.replicationPort.`,
  });
}
