/** A clock that moves only when told, with the timers that hang on it. */
export class FakeClock {
  nowMs: number;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.nowMs = nowMs;
  }

  readonly now = (): number => this.nowMs;

  readonly setTimer = (callback: () => void, ms: number): (() => void) => {
    if (ms > 2 ** 31 - 1) throw new RangeError(`a real timer would fire at once: ${ms} ms`);
    const timer = { at: this.nowMs + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Forgets all timers, as the end of a process does. */
  clear(): void {
    this.#timers = [];
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Moves on by `ms`, firing what is due in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    for (;;) {
      await settle();
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.nowMs = Math.max(this.nowMs, due.at);
      due.callback();
    }
    this.nowMs = end;
    await settle();
  }
}

/** Lets everything that waits for promises alone come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
