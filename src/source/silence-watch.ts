/** A peer that answered none of this many pings is judged by the clock; fewer, and our own process may have slept. */
const PINGS_BEFORE_JUDGEMENT = 2;

export interface SilenceSample {
  readonly now: number;
  /** Count of bytes received so far. */
  readonly receivedBytes: number;
  /** We do not read: the peer's silence is ours. */
  readonly isPaused: boolean;
}

/** Tells a dead peer behind an open connection: nothing received for `limitMs` though we read and asked. Pure. */
export class SilenceWatch {
  readonly #limitMs: number;
  #heardAt: number;
  #heardBytes = -1;
  #unansweredPings = 0;

  constructor(limitMs: number, now: number) {
    this.#limitMs = limitMs;
    this.#heardAt = now;
  }

  /** To be called at each ping (when not paused, a ping follows). True: the peer is silent. */
  isSilent({ now, receivedBytes, isPaused }: SilenceSample): boolean {
    if (isPaused || receivedBytes !== this.#heardBytes) {
      this.#heardAt = now;
      this.#heardBytes = receivedBytes;
      this.#unansweredPings = isPaused ? 0 : 1;
      return false;
    }
    if (this.#unansweredPings >= PINGS_BEFORE_JUDGEMENT && now - this.#heardAt >= this.#limitMs) return true;
    this.#unansweredPings++;
    return false;
  }
}
