import type { SourceEndpoint } from '../../domain/endpoints.ts';
import type { CdcError, ErrorCode } from '../../domain/errors.ts';
import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier } from '../postgres/quoting.ts';
import { type CheckSubject, failed, passed } from './check.ts';

const REACHABLE: CheckSubject = { id: 'source-reachable', group: 'source' };
const TLS: CheckSubject = { id: 'source-tls', group: 'source' };
const LOGIN: CheckSubject = { id: 'source-login', group: 'source' };
const DIALECT: CheckSubject = { id: 'source-dialect', group: 'source' };

const NOT_REACHED: ReadonlySet<ErrorCode> = new Set([
  'SOURCE_UNREACHABLE',
  'SOURCE_CONNECTION_LOST',
  'SOURCE_SILENT',
] as const);

/**
 * What one attempt to connect proved: the steps before the failing one passed, those after it are left out.
 * `error`: why the attempt failed, null when it did not.
 */
export function connectionChecks(endpoint: SourceEndpoint, error: CdcError | null): readonly CheckResult[] {
  if (error !== null && NOT_REACHED.has(error.code)) return [connectionFailure(REACHABLE, endpoint, error)];
  const checks: CheckResult[] = [passed(REACHABLE, `${endpoint.host}:${endpoint.port} answers.`)];
  const mode = endpoint.tls?.mode ?? 'disable';
  if (error?.code === 'SOURCE_TLS') return [...checks, connectionFailure(TLS, endpoint, error)];
  if (mode !== 'disable') checks.push(passed(TLS, `The session is encrypted (${mode}).`));
  if (error?.code === 'DIALECT_MISMATCH') return [...checks, connectionFailure(DIALECT, endpoint, error)];
  if (error !== null) return [...checks, connectionFailure(LOGIN, endpoint, error)];
  return [...checks, passed(LOGIN, `${endpoint.username} can log in to database ${endpoint.database}.`)];
}

/** A failed check for an error that broke off the whole precheck. */
export function brokenOff(error: CdcError): CheckResult {
  const subject = NOT_REACHED.has(error.code) ? REACHABLE : { id: 'source-query', group: 'source' as const };
  const sql = error.sql.length > 0 ? { sql: error.sql } : {};
  return failed(subject, { message: 'The precheck was broken off.', cause: error.message, cure: error.hint, ...sql });
}

function connectionFailure(subject: CheckSubject, endpoint: SourceEndpoint, error: CdcError): CheckResult {
  const sql = error.code === 'SOURCE_PERMISSION' ? { sql: [connectGrant(endpoint)] } : {};
  return failed(subject, { message: FAILURES[subject.id]!, cause: error.message, cure: error.hint, ...sql });
}

const FAILURES: Readonly<Record<string, string>> = {
  'source-reachable': 'The source does not answer.',
  'source-tls': 'No encrypted session could be opened.',
  'source-login': 'The source refused the login. It was tried once.',
  'source-dialect': 'The server is of another kind than source.dialect says.',
};

function connectGrant(endpoint: SourceEndpoint): string {
  return `GRANT CONNECT ON DATABASE ${quoteIdentifier(endpoint.database)} TO ${quoteIdentifier(endpoint.username)};`;
}
