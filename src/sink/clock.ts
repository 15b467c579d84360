/** Time as the sink needs it, replaceable in tests. */
export interface SinkClock {
  /** Unix ms. */
  now(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  setTimer(callback: () => void, ms: number): () => void;
}

export const SYSTEM_CLOCK: SinkClock = {
  now: () => Date.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 1000;

/** Wait before try `attempt` (from 0): doubled each time, capped, with jitter so that lanes of many tasks spread. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random() / 2));
}

/** Resolves after `ms` on the clock. */
export function pause(clock: SinkClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(resolve, ms));
}
