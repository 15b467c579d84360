import type { CheckResult } from '../../domain/task.ts';
import { alarm, type CheckSubject, failed, type Problem, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'parallel-decoding', group: 'source' };
/** openGauss 3.0 brought parallel decoding. */
const FIRST_MAJOR = 3;
/** What the server runs at most, besides its number of slots (reference §4.1). */
const MOST_STREAMS = 20;

export interface ParallelFacts {
  /** First number of an openGauss version; null: not told, as by GaussDB, which is new enough. */
  readonly major: number | null;
  readonly maxSlots: number;
  /** Parallel streams that run now; null where the server cannot tell. */
  readonly streams: number | null;
  /** The user did not ask for the mode: where the server refuses it, the task decodes serially. */
  readonly mayFallBack: boolean;
}

export function hasParallelDecoding(major: number | null): boolean {
  return major === null || major >= FIRST_MAJOR;
}

/** The server can decode in parallel, and has a stream left: it runs min(max_replication_slots, 20) of them. */
export function checkParallelDecoding(facts: ParallelFacts): CheckResult {
  if (!hasParallelDecoding(facts.major)) {
    return refused(facts, {
      message: 'The server cannot decode in parallel.',
      cause: `Parallel decoding needs openGauss ${FIRST_MAJOR}.0; the server is of version ${facts.major}.`,
      cure: 'Set source.decoding.mode to "serial", or upgrade the source.',
    });
  }
  const most = Math.min(facts.maxSlots, MOST_STREAMS);
  if (facts.streams === null) return passed(SUBJECT, `The server runs up to ${most} parallel streams.`);
  const used = `${facts.streams} of ${most} parallel streams run`;
  if (facts.streams < most) return passed(SUBJECT, `${used}.`);
  return refused(facts, {
    message: `${used}: none is left.`,
    cause: `The server runs min(max_replication_slots, ${MOST_STREAMS}) parallel streams.`,
    cure: 'Set source.decoding.mode to "serial", or stop a stream nobody needs.',
  });
}

function refused({ mayFallBack }: ParallelFacts, problem: Problem): CheckResult {
  if (!mayFallBack) return failed(SUBJECT, problem);
  return alarm(SUBJECT, { ...problem, cure: `Accept it: the task decodes serially, which is slower. ${problem.cure}` });
}
