import type { SetTimer } from './deadline.ts';
import type { RunnerEnd, TaskRunner } from './stream-runner.ts';

/** How long an aborted session may take to close its connections before it is left behind. */
const ABORT_GRACE_MS = 5000;

/** A runner and the promise that it ends: at the latest some seconds after it was aborted. */
export class Session {
  readonly runner: TaskRunner;
  readonly ended: Promise<RunnerEnd>;
  readonly #setTimer: SetTimer;
  #leave: (end: RunnerEnd) => void = () => undefined;
  #cancelGrace: (() => void) | null = null;

  constructor(runner: TaskRunner, setTimer: SetTimer) {
    this.runner = runner;
    this.#setTimer = setTimer;
    const left = new Promise<RunnerEnd>((resolve) => {
      this.#leave = resolve;
    });
    this.ended = Promise.race([runner.ended, left]).finally(() => this.#cancelGrace?.());
  }

  abort(): void {
    this.runner.abort();
    this.#cancelGrace ??= this.#setTimer(() => this.#leave({ kind: 'aborted' }), ABORT_GRACE_MS);
  }
}
