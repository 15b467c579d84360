import { isDeepStrictEqual } from 'node:util';
import type { StopOptions } from '../store/store.ts';
import { type SetTimer, withDeadline } from './deadline.ts';
import type { CleanupResult } from './task-api.ts';

const RELEASE_TIMEOUT_MS = 20_000;
/** Wait for a release that was interrupted; with the time of the next one it stays below that of a forced stop. */
const LAST_RELEASE_TIMEOUT_MS = 5000;
const noop = () => undefined;

/**
 * Runs the releases of a task one after the other. Two at a time would harm each other: each takes the session of the
 * other, which is dropping the slot, for a reader of the slot and ends it.
 */
export class ReleaseTurns {
  readonly #setTimer: SetTimer;
  #running: StopOptions | null = null;
  #last: Promise<undefined> = Promise.resolve(undefined);
  #interrupt: () => void = noop;

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer;
  }

  /** Ends the wait for the release that runs, unless that does what `stop` asks: then it answers for both. */
  interrupt(stop: StopOptions): void {
    if (!isDeepStrictEqual(this.#running, stop)) this.#interrupt();
  }

  /** The result of `work`, of `late` when that takes too long, or null when it was interrupted. */
  async run(
    stop: StopOptions,
    work: () => Promise<CleanupResult>,
    late: () => CleanupResult,
  ): Promise<CleanupResult | null> {
    const interrupted = new Promise<null>((resolve) => {
      this.#interrupt = () => resolve(null);
    });
    this.#running = stop;
    try {
      const turn = Promise.race([this.#last, interrupted]);
      if ((await withDeadline(turn, LAST_RELEASE_TIMEOUT_MS, this.#setTimer, noop)) === null) return null;
      const running = work();
      this.#last = running.then(noop, noop);
      return await withDeadline(Promise.race([running, interrupted]), RELEASE_TIMEOUT_MS, this.#setTimer, late);
    } finally {
      this.#interrupt = noop;
      this.#running = null;
    }
  }
}
