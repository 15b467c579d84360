interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that moves when told, with the timers set on it. */
export class StepClock {
  #nowMs = 1_000;
  readonly #timers = new Set<Timer>();

  readonly now = (): number => this.#nowMs;

  readonly setTimer = (callback: () => void, ms: number): (() => void) => {
    const timer = { at: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, calling what becomes due, in order. */
  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (let next = this.#due(until); next; next = this.#due(until)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.at);
      next.callback();
    }
    this.#nowMs = until;
  }

  #due(until: number): Timer | undefined {
    return [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
  }
}
