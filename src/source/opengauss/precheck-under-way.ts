import type { CheckResult } from '../../domain/task.ts';
import { alarm } from '../precheck/check.ts';
import type { SourcePrecheckRequest } from '../source.ts';
import type { OpenSession, PrecheckSessions } from './precheck-session.ts';
import { sqlState } from './sql-session.ts';

/** A precheck of a server that answers. */
export interface PrecheckUnderWay {
  readonly request: SourcePrecheckRequest;
  readonly sessions: PrecheckSessions;
  /** The ordinary session. */
  readonly session: OpenSession;
  /** The report so far; what was found stays when a later step breaks off. */
  readonly checks: CheckResult[];
}

/**
 * Adds what `work` finds. Where this server refuses the question itself (SQLSTATE class 42: no such view, column or right),
 * that is an ALARM of the check and no end of the report: the views differ between versions and products.
 */
export async function addCheck(
  { checks }: Pick<PrecheckUnderWay, 'checks'>,
  id: string,
  work: () => Promise<CheckResult>,
): Promise<void> {
  try {
    checks.push(await work());
  } catch (error) {
    if (!isRefusedQuestion(error)) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    const cure = 'Check it by hand as the documentation of openGauss sources says.';
    checks.push(alarm({ id, group: 'source' }, { message: 'This could not be checked on this server.', cause, cure }));
  }
}

/** The answer, or `otherwise` where this server refuses the question itself. */
export async function answerOr<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRefusedQuestion(error)) return otherwise;
    throw error;
  }
}

function isRefusedQuestion(error: unknown): boolean {
  const state = sqlState(error);
  return typeof state === 'string' && state.startsWith('42');
}
