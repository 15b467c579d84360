import type { Store, StoredTask } from '../store/store.ts';
import type { ControlDeps } from './control-deps.ts';
import { withDeadline } from './deadline.ts';
import { resumed } from './happenings.ts';
import type { RunnerStatus } from './stream-runner.ts';
import type { CleanupResult } from './task-api.ts';
import { TaskControl } from './task-control.ts';
import { signalTask } from './transition.ts';

export type SupervisorDeps = Omit<ControlDeps, 'random' | 'drainTimeoutMs'> & {
  readonly random?: () => number;
  readonly drainTimeoutMs?: number;
};

const DRAIN_TIMEOUT_MS = 600_000;
/** Part of the shutdown time kept for closing connections after the sessions were told to end. */
const CLOSE_RESERVE_MS = 3000;

/** Keeps every task going towards its desired state. */
export class Supervisor {
  readonly #deps: ControlDeps;
  readonly #store: Store;
  readonly #controls = new Map<string, TaskControl>();
  #isClosing = false;

  constructor(deps: SupervisorDeps) {
    this.#deps = { random: Math.random, drainTimeoutMs: DRAIN_TIMEOUT_MS, ...deps };
    this.#store = deps.store;
  }

  /** After a start of the process: goes on with every task that is to run or is being stopped, and plans planned starts. */
  boot(): void {
    for (const task of this.#store.allTasks()) {
      const isWanted = task.desired === 'running' || task.state === 'STOPPING';
      if (!isWanted) continue;
      if (task.state !== 'STOPPING') signalTask(this.#store, task.id, resumed());
      this.#control(task.id).kick(hadStreamed(this.#store, task));
    }
  }

  /** Looks at a task that was changed in the store. */
  kick(taskId: string): void {
    if (!this.#isClosing) this.#control(taskId).kick();
  }

  /** After a forced stop was stored: carries it out. Never rejects. */
  forceStop(taskId: string): Promise<CleanupResult> {
    return this.#control(taskId).force();
  }

  /** After a task was deleted. */
  forget(taskId: string): void {
    this.#controls.get(taskId)?.kick();
    this.#controls.delete(taskId);
  }

  /** Live numbers of the session that runs for a task; null when none does. */
  runnerStatus(taskId: string): RunnerStatus | null {
    return this.#controls.get(taskId)?.runner?.status() ?? null;
  }

  /** Suspends all sessions and waits for them, at most `timeoutMs`. Desired states stay: the next boot goes on with them. */
  async shutdown(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    const drainMs = Math.max(timeoutMs - CLOSE_RESERVE_MS, Math.floor(timeoutMs / 2));
    const ends = [...this.#controls.values()].map((control) => control.suspend(drainMs));
    const late = () => this.#deps.logger.warn({ timeoutMs }, 'some tasks did not end in time');
    await withDeadline(
      Promise.all(ends).then(() => undefined),
      timeoutMs,
      this.#deps.setTimer,
      late,
    );
  }

  #control(taskId: string): TaskControl {
    const known = this.#controls.get(taskId);
    if (known) return known;
    const control = new TaskControl(this.#deps, taskId);
    this.#controls.set(taskId, control);
    return control;
  }
}

/** Whether a task that was running when the process ended had reached its stream. */
function hadStreamed(store: Store, { id, state }: StoredTask): boolean {
  if (state === 'RETRYING') return store.streams(id).some((stream) => stream.checkpoint !== null);
  return state === 'INCREMENTAL';
}
