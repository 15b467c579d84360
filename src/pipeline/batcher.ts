import type { Change } from '../domain/change.ts';
import type { SinkSession } from '../sink/sink.ts';
import type { AckWindow } from './ack-window.ts';
import type { Budget } from './budget.ts';

export interface BatcherParts {
  readonly sink: Pick<SinkSession, 'openRecords' | 'isFull' | 'inFlightBatches' | 'heldBytes' | 'flush'>;
  readonly window: AckWindow;
  readonly budget: Budget;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

/** Longest time records wait in the open arena for a batch in flight, which may be another broker's. */
export const LINGER_MS = 20;

/**
 * Closes the open arena (design §6): when it is full, at the end of input while nothing is in flight, or by age. With a
 * batch in flight it keeps filling, so batches grow by themselves under load.
 */
export class Batcher {
  readonly #parts: BatcherParts;
  #cancelLinger: (() => void) | null = null;
  #pause: () => void = () => undefined;
  /** Time of sending that records carry, Unix ms: as of the last begin of a transaction or the last flush. */
  nowMs: number;

  constructor(parts: BatcherParts) {
    this.#parts = parts;
    this.nowMs = parts.now();
  }

  /** Sets what stops the reading when the budget is used up. */
  onFull(pause: () => void): void {
    this.#pause = pause;
  }

  /** A change was written into the open arena. */
  written(change: Change): void {
    this.#parts.window.record(change.eventNumber, change.lsnHigh, change.lsnLow);
    if (this.#parts.sink.isFull) this.#flush();
  }

  /** All input that has come so far is written. */
  endOfInput(): void {
    const { sink, setTimer } = this.#parts;
    if (sink.openRecords === 0) return;
    if (sink.inFlightBatches === 0) this.#flush();
    else this.#cancelLinger ??= setTimer(() => this.flushOpen(), LINGER_MS);
  }

  /** A batch was acknowledged. Returns true when the confirmable position moved. */
  acknowledged(ticket: number): boolean {
    const { sink, window } = this.#parts;
    const hasMoved = window.acknowledge(ticket);
    if (sink.inFlightBatches === 0) this.flushOpen();
    return hasMoved;
  }

  /** Closes the open arena if there is anything in it. */
  flushOpen(): void {
    if (this.#parts.sink.openRecords > 0) this.#flush();
  }

  /** Whether the budget lets the stream be read. */
  mayRead(): boolean {
    const { budget, sink } = this.#parts;
    budget.mayResume(sink.heldBytes, sink.inFlightBatches);
    return !budget.isPaused;
  }

  /** The session is over: nothing is flushed any more. */
  close(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = null;
  }

  #flush(): void {
    const { sink, window, budget, now } = this.#parts;
    this.close();
    sink.flush(window.close());
    this.nowMs = now();
    if (budget.mustPause(sink.heldBytes, sink.inFlightBatches)) this.#pause();
  }
}
