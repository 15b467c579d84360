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

/** Turns a moving confirmable position into store-then-confirm, at most once per interval. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #stored: Position;
  #pending: Position | null = null;
  #lastStoreAt = Number.NEGATIVE_INFINITY;
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
    const waitMs = this.#lastStoreAt + this.#options.intervalMs - this.#options.now();
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
    this.#lastStoreAt = this.#options.now();
    this.#options.store(position);
    this.#stored = position;
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
