import type { NewEvent, Store, StoredTask, TaskPatch } from '../store/store.ts';
import { type Signal, signalState } from './machine.ts';

export const SYSTEM = 'system';

export interface Happening {
  readonly signal: Signal;
  readonly patch?: TaskPatch;
  /** What to write into the task's log; from and to are added to its data. */
  readonly event: Omit<NewEvent, 'actor'>;
  /** Further events of the same moment. */
  readonly more?: readonly NewEvent[];
}

/**
 * Moves a task as the machine says: one versioned UPDATE with its event. Reads the task anew, so nothing can come between.
 * Null when the task is gone or the signal came too late for its state.
 */
export function signalTask(store: Store, taskId: string, happening: Happening): StoredTask | null {
  const task = store.findTask(taskId);
  const state = task && signalState(task.state, happening.signal);
  if (task?.id !== taskId || !state) return null;
  const event = { ...happening.event, data: { from: task.state, to: state, ...happening.event.data }, actor: SYSTEM };
  return store.updateTask(taskId, task.version, { ...happening.patch, state }, [event, ...(happening.more ?? [])]);
}
