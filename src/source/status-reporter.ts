import { CdcError } from '../domain/errors.ts';
import { formatLsn, LSN_ZERO, type Lsn, lsnFromHalves, lsnHalves } from '../domain/lsn.ts';

/** At most some ten status messages a second come from confirmations. */
const CONFIRM_GAP_MS = 100;

export interface StatusParts {
  readonly startLsn: Lsn;
  /** Tells the server exactly `flushed`; `ping` asks for an answer. */
  readonly send: (flushed: Lsn, ping: boolean) => void;
  /** A status that is due later failed. */
  readonly failed: (error: unknown) => void;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

/**
 * The positions of a stream and when the server hears of them (design §5.5, §5.6). A wrong position kills a slot
 * silently, so none is ever sent that was not received, and never 0; before the first confirmation it is the start.
 */
export class StatusReporter {
  readonly #parts: StatusParts;
  #confirmed: Lsn;
  #receivedHigh: number;
  #receivedLow: number;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #cancelDue: (() => void) | null = null;
  #isStopped = false;

  constructor(parts: StatusParts) {
    if (parts.startLsn <= LSN_ZERO) throw new CdcError('INTERNAL', 'a stream needs a start position');
    this.#parts = parts;
    this.#confirmed = parts.startLsn;
    const { lsnHigh, lsnLow } = lsnHalves(parts.startLsn);
    this.#receivedHigh = lsnHigh;
    this.#receivedLow = lsnLow;
  }

  get confirmedLsn(): Lsn {
    return this.#confirmed;
  }

  get receivedLsn(): Lsn {
    return lsnFromHalves(this.#receivedHigh, this.#receivedLow);
  }

  /** Notes a received position; lower ones are no news (relation frames come with 0/0). Called per frame. */
  received(high: number, low: number): void {
    if (high < this.#receivedHigh || (high === this.#receivedHigh && low <= this.#receivedLow)) return;
    this.#receivedHigh = high;
    this.#receivedLow = low;
  }

  /** Sends `lsn` now, or soon if a status went out just before. Not above the last: no effect. Errors: INTERNAL beyond received. */
  confirm(lsn: Lsn): void {
    if (lsn > this.receivedLsn) {
      const received = formatLsn(this.receivedLsn);
      throw new CdcError('INTERNAL', `position ${formatLsn(lsn)} cannot be confirmed: received is ${received}`);
    }
    if (lsn <= this.#confirmed) return;
    this.#confirmed = lsn;
    if (this.#isStopped || this.#cancelDue !== null) return;
    const wait = this.#lastSentAt + CONFIRM_GAP_MS - this.#parts.now();
    if (wait <= 0) this.report(false);
    else this.#cancelDue = this.#parts.setTimer(() => this.#reportDue(), wait);
  }

  /** Sends the confirmed position now. */
  report(ping: boolean): void {
    if (this.#isStopped) return;
    this.#cancelDue?.();
    this.#cancelDue = null;
    this.#lastSentAt = this.#parts.now();
    this.#parts.send(this.#confirmed, ping);
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelDue?.();
    this.#cancelDue = null;
  }

  #reportDue(): void {
    this.#cancelDue = null;
    try {
      this.report(false);
    } catch (error) {
      this.#parts.failed(error);
    }
  }
}
