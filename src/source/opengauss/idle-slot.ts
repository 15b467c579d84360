import type { Lsn } from '../../domain/lsn.ts';
import { LSN_ZERO } from '../../domain/lsn.ts';
import type { KeepaliveReach, SourceNotice } from '../source.ts';

/** How far the server's decoding is, as it tells itself. `queued`: changes that wait between its threads. */
export interface DecodeProgress {
  readonly readerLsn: Lsn;
  readonly queued: number;
}

export interface IdleSlotParts {
  /** Writes a row of our own; its commit comes through the stream. */
  readonly beat: () => Promise<'written' | 'missing' | 'denied'>;
  /** Null: the server cannot tell. */
  readonly progress: () => Promise<DecodeProgress | null>;
  readonly notice: (notice: SourceNotice) => void;
  readonly intervalMs: number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
  /** Statements that make the table, shown to the user. */
  readonly sql: readonly string[];
}

/** WAL behind the last commit that is worth a heartbeat. */
const WORTH_A_BEAT = 1024n * 1024n;
/** How often is looked whether there is anything to do. */
const LOOK_MS = 1000;
/** Keepalives without a commit between, after which what was in the sender's own buffer is out (it flushes each second). */
const QUIET_KEEPALIVES = 2;

/**
 * Moves a slot under parallel decoding, where keepalives run ahead of transactions that are still queued in the server and
 * prove nothing: only a commit that comes through the stream does. Where nobody commits, a heartbeat row of our own does,
 * while WAL piles up or the owner asks. Besides, the server's own account of its queues tells that all was delivered: good
 * enough to show no lag and, where no heartbeat can be written, to end a stop; never to confirm a position.
 */
export class IdleSlot {
  readonly #parts: IdleSlotParts;
  #deliveredLsn: Lsn = LSN_ZERO;
  #serverLsn: Lsn = LSN_ZERO;
  #isAsked = false;
  #isBusy = false;
  #sinceBeatMs = 0;
  /** Since the session failed, or the server refused the heartbeat: neither is tried every second. */
  #sinceFailureMs = Number.POSITIVE_INFINITY;
  #sinceRefusalMs = Number.POSITIVE_INFINITY;
  #isClosed = false;
  #hasComplained = false;
  /** Position up to which the server says that its queues are empty; null: not known. */
  #settledLsn: Lsn | null = null;
  #quietKeepalives = 0;
  /** Last position that was told to be quiet. */
  #quietLsn: Lsn = LSN_ZERO;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: IdleSlotParts, startLsn: Lsn) {
    this.#parts = parts;
    this.#deliveredLsn = startLsn;
  }

  /** Begins to look by timer. */
  start(): void {
    this.#schedule();
  }

  /** A commit that ends at `lsn` was handed over. */
  delivered(lsn: Lsn): void {
    this.#deliveredLsn = lsn;
    this.#settledLsn = null;
    this.#quietKeepalives = 0;
  }

  /** What a keepalive proves. */
  keepalive(lsn: Lsn): { readonly lsn: Lsn; readonly reach: KeepaliveReach } {
    if (lsn > this.#serverLsn) this.#serverLsn = lsn;
    const settled = this.#settledLsn;
    if (settled === null || ++this.#quietKeepalives < QUIET_KEEPALIVES) return { lsn, reach: 'ahead' };
    // Told once; the next account may be of a later position.
    this.#settledLsn = null;
    this.#quietLsn = settled < lsn ? settled : lsn;
    return { lsn: this.#quietLsn, reach: 'quiet' };
  }

  /** The owner wants to know how far everything is delivered. */
  ask(): void {
    this.#isAsked = true;
    this.#cancelTimer();
    this.#act();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  #schedule(): void {
    this.#cancelTimer();
    if (this.#isClosed) return;
    this.#cancelTimer = this.#parts.setTimer(() => {
      this.#sinceFailureMs += LOOK_MS;
      this.#sinceRefusalMs += LOOK_MS;
      this.#sinceBeatMs += LOOK_MS;
      this.#act();
    }, LOOK_MS);
  }

  #act(): void {
    if (!this.#isBusy && this.#sinceFailureMs >= this.#parts.intervalMs) {
      this.#isBusy = true;
      this.#doWhatIsDue()
        .catch(() => {
          this.#sinceFailureMs = 0;
        })
        .finally(() => {
          this.#isBusy = false;
        });
    }
    this.#schedule();
  }

  async #doWhatIsDue(): Promise<void> {
    const isWorthIt = this.#serverLsn - this.#deliveredLsn >= WORTH_A_BEAT;
    const isDue = this.#isAsked || (isWorthIt && this.#sinceBeatMs >= this.#parts.intervalMs);
    const mayTry = this.#sinceRefusalMs >= this.#parts.intervalMs;
    if (isDue && mayTry && (await this.#beat())) return;
    const isUnknown = this.#serverLsn > this.#deliveredLsn && this.#serverLsn > this.#quietLsn;
    const isOpen = this.#settledLsn === null && !this.#isClosed;
    if (isOpen && (this.#isAsked || isUnknown)) await this.#settle();
  }

  /** True when a heartbeat is on its way. */
  async #beat(): Promise<boolean> {
    this.#sinceBeatMs = 0;
    const outcome = await this.#parts.beat();
    if (outcome === 'written') {
      this.#isAsked = false;
      return true;
    }
    this.#sinceRefusalMs = 0;
    this.#complain(outcome === 'missing' ? 'the table does not exist' : 'the role may not write it');
    return false;
  }

  async #settle(): Promise<void> {
    const before = this.#deliveredLsn;
    const progress = await this.#parts.progress();
    if (progress === null || progress.queued > 0 || this.#deliveredLsn !== before) return;
    this.#settledLsn = progress.readerLsn;
    this.#quietKeepalives = 0;
  }

  #complain(reason: string): void {
    if (this.#hasComplained || this.#isClosed) return;
    this.#hasComplained = true;
    this.#parts.notice({
      level: 'warn',
      code: 'HEARTBEAT_UNAVAILABLE',
      message: `no heartbeat can be written: ${reason}. While nobody else commits, the slot keeps its WAL.`,
      data: { sql: this.#parts.sql },
    });
  }
}
