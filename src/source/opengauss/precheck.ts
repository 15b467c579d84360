import type { SourceEndpoint } from '../../domain/endpoints.ts';
import type { CheckResult } from '../../domain/task.ts';
import { brokenOff, connectionChecks } from '../precheck/connection.ts';
import { checkGaussKind } from '../precheck/gauss-kind.ts';
import type { SourcePrecheckRequest, SourcePrecheckResult } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { readGaussProduct, readGaussServer } from './precheck-facts.ts';
import { objectChecks } from './precheck-object-checks.ts';
import { serverChecks } from './precheck-server-checks.ts';
import { type OpenSession, type PrecheckSessions, SERVER_SESSIONS, tryOpen } from './precheck-session.ts';
import type { PrecheckUnderWay } from './precheck-under-way.ts';

/**
 * All checks of an openGauss or GaussDB source. One login with the given password; a second session (replication) is opened
 * only after that one worked. Checks that an earlier failure makes impossible are left out. Never throws.
 */
export async function precheckOpenGauss(
  request: SourcePrecheckRequest,
  sessions: PrecheckSessions = SERVER_SESSIONS,
): Promise<SourcePrecheckResult> {
  const { endpoint } = request;
  const attempt = await tryOpen(() => sessions.sql(endpoint));
  const checks = [...connectionChecks(endpoint, attempt.error)];
  if (attempt.session === null) return { checks, tables: [] };
  const { session } = attempt;
  const precheck: PrecheckUnderWay = { request, sessions, session, checks };
  try {
    const kind = await kindCheck(endpoint, session);
    checks.push(kind);
    if (kind.status === 'FAILED') return { checks, tables: [] };
    const server = await readGaussServer(session);
    await serverChecks(precheck, server);
    return { checks, tables: await objectChecks(precheck, server) };
  } catch (error) {
    checks.push(brokenOff(toSourceError(error)));
    return { checks, tables: [] };
  } finally {
    await session.close();
  }
}

/** Reachability, TLS, login and kind of server. Never throws. */
export async function testOpenGaussConnection(
  endpoint: SourceEndpoint,
  sessions: Pick<PrecheckSessions, 'sql'> = SERVER_SESSIONS,
): Promise<readonly CheckResult[]> {
  const attempt = await tryOpen(() => sessions.sql(endpoint));
  const checks = [...connectionChecks(endpoint, attempt.error)];
  if (attempt.session === null) return checks;
  try {
    checks.push(await kindCheck(endpoint, attempt.session));
  } catch (error) {
    checks.push(brokenOff(toSourceError(error)));
  } finally {
    await attempt.session.close();
  }
  return checks;
}

async function kindCheck({ dialect }: SourceEndpoint, session: OpenSession): Promise<CheckResult> {
  return checkGaussKind(dialect === 'gaussdb' ? 'gaussdb' : 'opengauss', await readGaussProduct(session));
}
