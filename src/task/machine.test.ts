import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TASK_STATES, type TaskState } from '../domain/task.ts';
import {
  allowedCommands,
  COMMANDS,
  type Command,
  commandState,
  drsStatus,
  isActive,
  SIGNALS,
  signalState,
} from './machine.ts';

/** The states this version uses. */
const USED: readonly TaskState[] = [
  'CONFIGURATION',
  'PRECHECKING',
  'PENDING_START',
  'STARTING',
  'START_FAILED',
  'INCREMENTAL',
  'INCREMENTAL_FAILED',
  'RETRYING',
  'STOPPING',
  'STOP_FAILED',
  'COMPLETED',
];

/** One step; a refused command or late signal leaves the state as it is. */
function step(state: TaskState, input: string): TaskState {
  const signal = SIGNALS.find((name) => name === input);
  if (signal) return signalState(state, signal) ?? state;
  try {
    return commandState(state, input as Command);
  } catch {
    return state;
  }
}

describe('the task machine', () => {
  it('never leaves the states of this version, whatever is asked in whatever order', () => {
    const inputs = fc.array(fc.constantFrom(...COMMANDS, ...SIGNALS), { maxLength: 60 });
    fc.assert(
      fc.property(inputs, (sequence) => {
        let state: TaskState = 'CONFIGURATION';
        for (const input of sequence) {
          const before = state;
          state = step(state, input);
          expect(USED).toContain(state);
          if (before === 'COMPLETED') expect(state).toBe('COMPLETED');
        }
      }),
    );
  });

  it('streams only after a start, and a start needs a passed precheck', () => {
    const inputs = fc.array(fc.constantFrom(...COMMANDS, ...SIGNALS), { maxLength: 60 });
    fc.assert(
      fc.property(inputs, (sequence) => {
        let state: TaskState = 'CONFIGURATION';
        let isChecked = false;
        let isStarted = false;
        for (const input of sequence) {
          const next = step(state, input);
          if (input === 'precheck-passed' && state === 'PRECHECKING') isChecked = true;
          if (next === 'STARTING') isStarted = true;
          if (isActive(next) && next !== 'STOPPING') expect([isChecked, isStarted]).toEqual([true, true]);
          state = next;
        }
      }),
    );
  });

  it('lets every state of this version be left or end, and reaches each of them', () => {
    const reached = new Set<TaskState>(['CONFIGURATION']);
    for (const state of reached) {
      for (const input of [...COMMANDS, ...SIGNALS]) reached.add(step(state, input));
    }
    expect([...reached].sort()).toEqual([...USED].sort());
    for (const state of USED) expect(commandState(state, 'forced-stop')).toMatch(/^(STOPPING|COMPLETED)$/);
  });

  it('accepts exactly the commands it lists, and forced stop of a completed task besides', () => {
    for (const state of TASK_STATES) {
      for (const command of COMMANDS) {
        const isListed = allowedCommands(state).includes(command);
        const isAccepted = () => commandState(state, command);
        if (isListed) expect(isAccepted).not.toThrow();
        else if (state === 'COMPLETED' && command === 'forced-stop') expect(isAccepted()).toBe('COMPLETED');
        else expect(isAccepted).toThrow(expect.objectContaining({ code: 'ILLEGAL_STATE' }));
      }
    }
  });

  it('tells with a refusal what is possible', () => {
    expect(() => commandState('INCREMENTAL', 'start')).toThrow(
      expect.objectContaining({ http: 409, data: { state: 'INCREMENTAL', allowedCommands: ['stop', 'forced-stop'] } }),
    );
    expect(() => commandState('COMPLETED', 'stop')).toThrow(
      expect.objectContaining({ data: { state: 'COMPLETED', allowedCommands: ['delete'] } }),
    );
  });

  it('completes a task that never started at once, and stops any other over STOPPING', () => {
    expect(commandState('CONFIGURATION', 'stop')).toBe('COMPLETED');
    expect(commandState('PENDING_START', 'stop')).toBe('COMPLETED');
    for (const state of ['STARTING', 'RETRYING', 'START_FAILED', 'INCREMENTAL_FAILED', 'STOP_FAILED'] as const) {
      expect(commandState(state, 'stop')).toBe('STOPPING');
    }
  });

  it('keeps a failed state during a precheck and returns to configuration otherwise', () => {
    expect(commandState('START_FAILED', 'precheck')).toBe('START_FAILED');
    expect(signalState('INCREMENTAL_FAILED', 'precheck-failed')).toBe('INCREMENTAL_FAILED');
    expect(signalState('PRECHECKING', 'precheck-failed')).toBe('CONFIGURATION');
    expect(signalState('COMPLETED', 'precheck-passed')).toBeNull();
  });

  it('has a vendor status for every state', () => {
    for (const state of TASK_STATES) expect(drsStatus(state)).toMatch(/^[A-Z_]+$/);
  });
});
