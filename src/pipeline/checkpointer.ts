import type { Lsn } from '../domain/lsn.ts';
import type { Position } from './ack-window.ts';

export interface CheckpointerOptions {
  /** Least time between two stores. A store is a disk sync; confirming less often costs only WAL retention. */
  readonly intervalMs: number;
  /** Makes the position durable. */
  readonly store: (position: Position) => void;
  /** Tells the server; called only after `store` returned (design §5.3). */
  readonly confirm: (lsn: Lsn) => void;
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

export const CHECKPOINT_INTERVAL_MS = 500;

/** A store waits for the disk and nothing flows meanwhile: on a slow disk it is done less often, to stay below 1 % of the time. */
const PAUSE_PER_STORE = 100;
const MAX_INTERVAL_MS = 5000;

/** Turns a moving confirmable position into store-then-confirm, at most once per interval. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #stored: Position;
  #pending: Position | null = null;
  #nextStoreAt = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;
  #isOver = false;

  constructor(start: Position, options: CheckpointerOptions) {
    this.#stored = start;
    this.#options = options;
  }

  /** The position moved: stores it now, or when the interval has passed. */
  update(position: Position): void {
    if (this.#isOver || !isAhead(position, this.#stored)) return;
    this.#pending = position;
    if (this.#cancelTimer !== null) return;
    const waitMs = this.#nextStoreAt - this.#options.now();
    if (waitMs <= 0) this.#run();
    else this.#cancelTimer = this.#options.setTimer(() => this.#run(), waitMs);
  }

  /** Stores and confirms what is pending at once; throws what the store throws. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const position = this.#pending;
    if (position === null) return;
    this.#pending = null;
    const { store, now, intervalMs } = this.#options;
    const begun = now();
    store(position);
    this.#stored = position;
    const pauseMs = Math.min((now() - begun) * PAUSE_PER_STORE, MAX_INTERVAL_MS);
    this.#nextStoreAt = now() + Math.max(intervalMs, pauseMs);
    this.#options.confirm(position.lsn);
  }

  /** The session is over: forgets what is pending and stores nothing more. */
  cancel(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#pending = null;
  }

  get stored(): Position {
    return this.#stored;
  }

  #run(): void {
    try {
      this.flush();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

function isAhead(position: Position, stored: Position): boolean {
  return position.lsn > stored.lsn || position.nextEventNumber > stored.nextEventNumber;
}
