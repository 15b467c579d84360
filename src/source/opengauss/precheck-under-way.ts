import type { CheckResult } from '../../domain/task.ts';
import type { SourcePrecheckRequest } from '../source.ts';
import type { OpenSession, PrecheckSessions } from './precheck-session.ts';

/** A precheck of a server that answers. */
export interface PrecheckUnderWay {
  readonly request: SourcePrecheckRequest;
  readonly sessions: PrecheckSessions;
  /** The ordinary session. */
  readonly session: OpenSession;
  /** The report so far; what was found stays when a later step breaks off. */
  readonly checks: CheckResult[];
}
