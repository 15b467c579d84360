import { CdcError } from '../domain/errors.ts';
import type { NewEvent, StoredError } from '../store/store.ts';
import type { Signal } from './machine.ts';
import { releaseEvents } from './release.ts';
import type { CleanupResult } from './task-api.ts';
import type { Happening } from './transition.ts';

/* What can happen to a task, as signal, stored fields and log entry. Pure. */

/** The error as users see it. */
export function storedError(error: CdcError, atMs: number): StoredError {
  const { code, message, hint, sql } = error;
  return { code, message, hint, sql, at: new Date(atMs).toISOString() };
}

function errorEvent(error: CdcError, level: 'warn' | 'error', data: object = {}): Omit<NewEvent, 'actor'> {
  const { code, message, hint, sql } = error;
  return { level, code, message, data: { ...error.data, ...data, hint, ...(sql.length > 0 && { sql }) } };
}

export function plannedStartDue(): Happening {
  return {
    signal: 'start-due',
    patch: { startAt: null, attempts: 0, lastError: null, nextAttemptAt: null },
    event: { level: 'info', code: 'TASK_STARTING', message: 'the time of the planned start has come' },
  };
}

export function resumed(): Happening {
  return {
    signal: 'resumed',
    patch: { nextAttemptAt: null },
    event: {
      level: 'info',
      code: 'TASK_RESUMED',
      message: 'the service came back; the task goes on from its position',
    },
  };
}

export function streaming(): Happening {
  return {
    signal: 'streaming',
    patch: { lastError: null, nextAttemptAt: null },
    event: { level: 'info', code: 'STREAMING', message: 'the stream is open, changes flow' },
  };
}

export interface Failure {
  readonly error: CdcError;
  readonly atMs: number;
  /** Failures in a row, this one included. */
  readonly attempts: number;
}

export function willRetry({ error, atMs, attempts }: Failure, delayMs: number): Happening {
  const nextAttemptAt = new Date(atMs + delayMs).toISOString();
  return {
    signal: 'will-retry',
    patch: { lastError: storedError(error, atMs), attempts, nextAttemptAt },
    event: errorEvent(error, 'warn', { attempts, nextAttemptAt }),
  };
}

export function gaveUp(signal: Signal, { error, atMs, attempts }: Failure): Happening {
  return {
    signal,
    patch: { lastError: storedError(error, atMs), attempts, nextAttemptAt: null },
    event: errorEvent(error, 'error', { attempts }),
  };
}

export function drainTimedOut(drainTimeoutMs: number, atMs: number): Happening {
  const message = 'not everything committed before the stop could be published in time; the slot is kept';
  const error = new CdcError('DRAIN_TIMEOUT', message, { data: { drainTimeoutMs } });
  return {
    signal: 'drain-failed',
    patch: { lastError: storedError(error, atMs), nextAttemptAt: null },
    event: errorEvent(error, 'error'),
  };
}

/** The end of a stop: COMPLETED, or STOP_FAILED while something remains on the source. */
export function released(result: CleanupResult, atMs: number): Happening {
  const more = releaseEvents(result);
  if (result.remainingSlots.length === 0) {
    const event = { level: 'info', code: 'TASK_COMPLETED', message: 'the task has ended' } as const;
    const patch = { lastError: null, nextAttemptAt: null, attempts: 0, stop: null };
    return { signal: 'slots-removed', patch, event, more };
  }
  const error = slotsLeft(result);
  const patch = { lastError: storedError(error, atMs), nextAttemptAt: null };
  return { signal: 'slots-remain', patch, event: errorEvent(error, 'error'), more };
}

const REPEAT_OR_RUN = 'Cure what the message names and repeat, or run the SQL on the source.';

/** SLOT_LEFT with the reasons and the SQL of everything that remains. */
export function slotsLeft({ remainingSlots }: CleanupResult, hint = REPEAT_OR_RUN): CdcError {
  const reasons = remainingSlots.map(({ slot, reason }) => `${slot}: ${reason}`).join('; ');
  return new CdcError('SLOT_LEFT', `not everything is removed from the source: ${reasons}`, {
    hint,
    sql: remainingSlots.flatMap((slot) => slot.sql),
    data: { remainingSlots },
  });
}
