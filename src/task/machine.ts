import { CdcError } from '../domain/errors.ts';
import type { TaskState } from '../domain/task.ts';

/** What a user asks for. */
export const COMMANDS = ['precheck', 'start', 'patch', 'stop', 'forced-stop', 'delete'] as const;

export type Command = (typeof COMMANDS)[number];

/** What happened to a task without anyone asking at that moment. */
export const SIGNALS = [
  'precheck-passed',
  'precheck-failed',
  /** The process ended during the precheck. */
  'precheck-lost',
  /** The time of a planned start has come. */
  'start-due',
  /** The process came back and the task is to run. */
  'resumed',
  'streaming',
  'will-retry',
  /** No more retries, and since its start the task never streamed. */
  'gave-up-starting',
  /** No more retries, after the task had streamed. */
  'gave-up-streaming',
  /** The drain ran out of time or failed for good; the slot is kept. */
  'drain-failed',
  'slots-removed',
  'slots-remain',
] as const;

export type Signal = (typeof SIGNALS)[number];

type Row = Partial<Record<TaskState, TaskState>>;

const NEVER_STARTED = { CONFIGURATION: 'COMPLETED', PRECHECKING: 'COMPLETED', PENDING_START: 'COMPLETED' } as const;
const KEEPS_FAILED = { START_FAILED: 'START_FAILED', INCREMENTAL_FAILED: 'INCREMENTAL_FAILED' } as const;
const STARTS = { PENDING_START: 'STARTING', START_FAILED: 'STARTING', INCREMENTAL_FAILED: 'STARTING' } as const;
const STOPS = {
  ...NEVER_STARTED,
  STARTING: 'STOPPING',
  START_FAILED: 'STOPPING',
  INCREMENTAL: 'STOPPING',
  INCREMENTAL_FAILED: 'STOPPING',
  RETRYING: 'STOPPING',
  STOP_FAILED: 'STOPPING',
} as const;

/** State after an accepted command; a state that is missing refuses it. Deleting leaves no state: the entry only permits it. */
const BY_COMMAND: Readonly<Record<Command, Row>> = {
  precheck: { CONFIGURATION: 'PRECHECKING', PENDING_START: 'PRECHECKING', ...KEEPS_FAILED },
  start: STARTS,
  patch: {
    CONFIGURATION: 'CONFIGURATION',
    PENDING_START: 'CONFIGURATION',
    STOP_FAILED: 'STOP_FAILED',
    ...KEEPS_FAILED,
  },
  stop: STOPS,
  'forced-stop': { ...STOPS, STOPPING: 'STOPPING', COMPLETED: 'COMPLETED' },
  delete: {
    CONFIGURATION: 'CONFIGURATION',
    PRECHECKING: 'PRECHECKING',
    PENDING_START: 'PENDING_START',
    STOP_FAILED: 'STOP_FAILED',
    COMPLETED: 'COMPLETED',
    ...KEEPS_FAILED,
  },
};

/** State after a signal; a state that is missing ignores it (the signal came too late). */
const BY_SIGNAL: Readonly<Record<Signal, Row>> = {
  'precheck-passed': { PRECHECKING: 'PENDING_START', ...KEEPS_FAILED },
  'precheck-failed': { PRECHECKING: 'CONFIGURATION', ...KEEPS_FAILED },
  'precheck-lost': { PRECHECKING: 'CONFIGURATION', ...KEEPS_FAILED },
  'start-due': STARTS,
  resumed: { STARTING: 'STARTING', INCREMENTAL: 'STARTING', RETRYING: 'RETRYING' },
  streaming: { STARTING: 'INCREMENTAL', RETRYING: 'INCREMENTAL', STOPPING: 'STOPPING' },
  'will-retry': { STARTING: 'RETRYING', INCREMENTAL: 'RETRYING', RETRYING: 'RETRYING', STOPPING: 'STOPPING' },
  'gave-up-starting': { STARTING: 'START_FAILED', RETRYING: 'START_FAILED' },
  'gave-up-streaming': {
    STARTING: 'INCREMENTAL_FAILED',
    INCREMENTAL: 'INCREMENTAL_FAILED',
    RETRYING: 'INCREMENTAL_FAILED',
  },
  'drain-failed': { STOPPING: 'STOP_FAILED' },
  'slots-removed': { STOPPING: 'COMPLETED' },
  'slots-remain': { STOPPING: 'STOP_FAILED' },
};

/** States as the vendor's API calls them (its console has a name, but its API none, for "fault rectification"). */
const DRS_STATUS: Readonly<Record<TaskState, string>> = {
  CONFIGURATION: 'CONFIGURATION',
  PRECHECKING: 'WAITING_FOR_START',
  PENDING_START: 'WAITING_FOR_START',
  STARTING: 'STARTJOBING',
  START_FAILED: 'START_JOB_FAILED',
  FULL_SYNC: 'FULL_TRANSFER_STARTED',
  FULL_SYNC_FAILED: 'FULL_TRANSFER_FAILED',
  INCREMENTAL: 'INCRE_TRANSFER_STARTED',
  INCREMENTAL_FAILED: 'INCRE_TRANSFER_FAILED',
  RETRYING: 'INCRE_TRANSFER_FAILED',
  PAUSING: 'PAUSING',
  PAUSED: 'PAUSING',
  MODIFYING: 'CHANGE_JOB_STARTED',
  STOPPING: 'RELEASE_RESOURCE_STARTED',
  STOP_FAILED: 'RELEASE_RESOURCE_FAILED',
  COMPLETED: 'RELEASE_RESOURCE_COMPLETE',
};

/** The state that `command` leads to. Errors: ILLEGAL_STATE with the allowed commands in `data`. */
export function commandState(state: TaskState, command: Command): TaskState {
  const next = BY_COMMAND[command][state];
  if (next === undefined) throw illegalState(state, command);
  return next;
}

/** The state that `signal` leads to, or null when it no longer applies. */
export function signalState(state: TaskState, signal: Signal): TaskState | null {
  return BY_SIGNAL[signal][state] ?? null;
}

/** Commands that do something in this state, in the order of a task's life. */
export function allowedCommands(state: TaskState): readonly Command[] {
  return COMMANDS.filter((command) => {
    // Accepted there, so that it can be repeated blindly, but there is nothing left to do.
    if (command === 'forced-stop' && state === 'COMPLETED') return false;
    return BY_COMMAND[command][state] !== undefined;
  });
}

/** The refusal of `command`; `reason` replaces the general text where the state alone does not explain it. */
export function illegalState(state: TaskState, command: Command, reason?: string): CdcError {
  const allowed = allowedCommands(state);
  return new CdcError('ILLEGAL_STATE', reason ?? `${command} is not possible in state ${state}`, {
    hint: allowed.length > 0 ? `Possible now: ${allowed.join(', ')}.` : 'Nothing is possible in this state; wait.',
    data: { state, allowedCommands: allowed },
  });
}

export function drsStatus(state: TaskState): string {
  return DRS_STATUS[state];
}

/** Whether the task reads its source, is about to, or is being stopped: then it cannot be changed or deleted. */
export function isActive(state: TaskState): boolean {
  return state === 'STARTING' || state === 'INCREMENTAL' || state === 'RETRYING' || state === 'STOPPING';
}
