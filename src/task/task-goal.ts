import { parseLsn } from '../domain/lsn.ts';
import type { StopOptions, StoredStream, StoredTask } from '../store/store.ts';
import { isActive, signalState } from './machine.ts';

/** What is to be done next for a task. */
export type Goal =
  | { readonly kind: 'none' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** A planned start is due. */
  | { readonly kind: 'begin' }
  /** Open a session that streams, or drains while the task is stopping. */
  | { readonly kind: 'session' }
  | { readonly kind: 'release' }
  | { readonly kind: 'drain-expired' };

export interface GoalFacts {
  readonly nowMs: number;
  /** Everything up to the stop's position is published and confirmed. */
  readonly isDrained: boolean;
  /** The time for draining is over. */
  readonly isDrainExpired: boolean;
}

/** The stop that is under way. */
export function stopOf(task: StoredTask | null): StopOptions {
  return task?.stop ?? { force: false, dropSlot: true, untilLsn: {} };
}

const NONE: Goal = { kind: 'none' };
const SESSION: Goal = { kind: 'session' };

/** Compares what is wanted with what is stored. Called anew after every step, so a crash anywhere resumes by itself. */
export function goalOf(task: StoredTask, streams: readonly StoredStream[], facts: GoalFacts): Goal {
  if (task.state === 'STOPPING') return stopGoal(task, streams, facts);
  if (task.desired !== 'running') return NONE;
  if (task.startAt !== null && signalState(task.state, 'start-due') !== null) {
    return waitOr(Date.parse(task.startAt), facts, { kind: 'begin' });
  }
  return isActive(task.state) ? nextAttempt(task, facts) : NONE;
}

function stopGoal(task: StoredTask, streams: readonly StoredStream[], facts: GoalFacts): Goal {
  const isForced = task.stop?.force === true;
  if (isForced || facts.isDrained || !needsDrain(streams, task.stop)) return { kind: 'release' };
  return facts.isDrainExpired ? { kind: 'drain-expired' } : nextAttempt(task, facts);
}

/** Whether a stream still has to publish something committed before the stop was asked for. */
function needsDrain(streams: readonly StoredStream[], stop: StopOptions | null): boolean {
  return streams.some(({ node, checkpoint }) => {
    const until = stop?.untilLsn[node];
    return until !== undefined && checkpoint !== null && parseLsn(checkpoint.lsn) < parseLsn(until);
  });
}

function nextAttempt(task: StoredTask, facts: GoalFacts): Goal {
  return task.nextAttemptAt === null ? SESSION : waitOr(Date.parse(task.nextAttemptAt), facts, SESSION);
}

function waitOr(untilMs: number, facts: GoalFacts, due: Goal): Goal {
  return untilMs > facts.nowMs ? { kind: 'wait', untilMs } : due;
}
