import type { SourceDriver } from '../source/source.ts';
import type { Store, StoredTask } from '../store/store.ts';
import type { SetTimer } from './deadline.ts';
import type { TaskSpec } from './spec.ts';
import type { RunnerHooks, TaskRunner } from './stream-runner.ts';
import type { TaskLogger } from './task-logger.ts';

export interface ControlDeps {
  readonly store: Store;
  readonly createRunner: (task: StoredTask, spec: TaskSpec, hooks: RunnerHooks) => TaskRunner;
  readonly sourceDriver: (dialect: TaskSpec['source']['dialect']) => SourceDriver;
  /** Unix ms. */
  readonly now: () => number;
  readonly setTimer: SetTimer;
  /** 0 … 1. */
  readonly random: () => number;
  readonly logger: TaskLogger;
  /** Longest time a stop may take to publish what was committed before it, in ms. */
  readonly drainTimeoutMs: number;
}
