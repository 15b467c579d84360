/** How much a stream may hold before it stops reading (design §5.1). */
export interface BudgetLimits {
  /** Bytes in open and closed arenas and requests. */
  readonly maxHeldBytes: number;
  /** Closed batches waiting for Kafka. A few are enough to keep the broker busy; more only adds memory and delay. */
  readonly maxBatches: number;
}

export const DEFAULT_BUDGET: BudgetLimits = { maxHeldBytes: 64 * 1024 * 1024, maxBatches: 4 };

/** Decides when reading pauses and when it goes on; counts the time paused. Reading resumes at half of a limit. */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #now: () => number;
  #pausedSince: number | null = null;
  #pausedMs = 0;

  constructor(limits: BudgetLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Returns true when reading must be paused from now on; false when it already is or need not be. */
  mustPause(heldBytes: number, batches: number): boolean {
    if (this.#pausedSince !== null) return false;
    if (heldBytes <= this.#limits.maxHeldBytes && batches < this.#limits.maxBatches) return false;
    this.#pausedSince = this.#now();
    return true;
  }

  /** Returns true when reading may go on again. */
  mayResume(heldBytes: number, batches: number): boolean {
    if (this.#pausedSince === null) return false;
    if (heldBytes > this.#limits.maxHeldBytes / 2 || batches > this.#limits.maxBatches / 2) return false;
    this.#pausedMs += this.#now() - this.#pausedSince;
    this.#pausedSince = null;
    return true;
  }

  get isPaused(): boolean {
    return this.#pausedSince !== null;
  }

  /** Milliseconds spent paused, the present pause included. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedSince === null ? 0 : this.#now() - this.#pausedSince);
  }
}
