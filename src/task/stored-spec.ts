import type { StoredTask } from '../store/store.ts';
import { parseSpec, type TaskSpec } from './spec.ts';

/** The spec of a stored task, with the defaults of this version. Errors: SPEC_INVALID when a newer version refuses it. */
export function specOf(task: StoredTask): TaskSpec {
  return parseSpec(JSON.parse(task.spec));
}

/** The dialect of a stored task, also of one whose spec is refused by now. */
export function dialectOf(task: StoredTask): TaskSpec['source']['dialect'] {
  return (JSON.parse(task.spec) as TaskSpec).source.dialect;
}

/** How often and when a failed task is tried again. A spec that cannot be read any more is not tried again. */
export function retryPolicyOf(task: StoredTask): TaskSpec['retry'] {
  try {
    return specOf(task).retry;
  } catch {
    return { maxAttempts: 0, initialDelayMs: 1000, maxDelayMs: 1000 };
  }
}
