import { packFrames } from './packing.ts';
import { ServerError } from './server-error.ts';
import { confirm, type Slot } from './slots.ts';
import type { ServerState } from './state.ts';
import type { Piece, StreamFormat } from './transaction.ts';
import { keepalive, readStatus, xlogData } from './wire.ts';

const MIB = 1024 * 1024;
const IDLE_KEEPALIVE_MS = 1000;
/** How far behind the second keepalive of a parallel stream is. */
const STALE_BYTES = 0x70n;

/** The connection as a stream needs it. */
export interface StreamSink {
  /** False: the socket's buffer is full. */
  write(bytes: Buffer): boolean;
  drained(): Promise<void>;
  /** Ends the connection without a word. */
  cut(): void;
}

export interface StreamParts {
  readonly state: ServerState;
  readonly slot: Slot;
  readonly format: StreamFormat;
  readonly isParallel: boolean;
  /** A transaction whose commit record starts below is not delivered. */
  readonly from: bigint;
  /** 0: never. */
  readonly timeoutMs: number;
  readonly sink: StreamSink;
}

/** A running stream: delivers what is committed, sends keepalives, hears standby statuses, and ends silent clients. */
export class Stream {
  readonly #parts: StreamParts;
  readonly #timers = new Map<'idle' | 'half' | 'end', () => void>();
  readonly #forgetWal: () => void;
  /** Index of the next transaction. */
  #next = 0;
  /** End of the last commit that was written to the socket. */
  #sentEnd: bigint;
  /** The client may confirm up to here: commits, and in serial mode keepalives. */
  #provenEnd: bigint;
  #isDelivering = false;
  #isSending = false;
  #isOver = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#sentEnd = parts.from;
    this.#provenEnd = parts.from;
    parts.slot.isActive = true;
    if (parts.isParallel) parts.state.parallelStreams.set(parts.slot.name, this);
    this.#forgetWal = parts.state.wal.onChange(() => this.#wake());
  }

  start(): void {
    const { state, isParallel, slot } = this.#parts;
    // Recorded: a parallel stream begins with 0/0 and a stale position.
    this.#keepalive(isParallel ? 0n : slot.confirmedFlush);
    this.#keepalive(isParallel ? state.wal.end - STALE_BYTES : slot.confirmedFlush);
    this.#heard();
    this.#idleAgain();
    this.#wake();
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.slot.isActive = false;
    this.#parts.state.parallelStreams.delete(this.#parts.slot.name);
    this.#forgetWal();
    for (const cancel of this.#timers.values()) cancel();
  }

  /** A CopyData message of the client. Errors: 08P01 for anything but the 65-byte status. */
  copyData(body: Buffer): void {
    const status = readStatus(body);
    if (status === null) throw new ServerError('08P01', 'insufficient data left in message', { internalCode: 9499 });
    const { state, slot } = this.#parts;
    state.statuses.push(status);
    if (status.flushed > this.#provenEnd) {
      state.violations.push(`${slot.name}: ${status.flushed} was confirmed, ${this.#provenEnd} was delivered`);
    }
    confirm(slot, status.flushed);
    this.#heard();
    if (status.wantsReply) this.#keepalive(this.#position());
  }

  /** What keepalives tell. In parallel mode it is the reader's position, whatever is still queued, and proves nothing. */
  #position(): bigint {
    const { state, isParallel } = this.#parts;
    const isAhead = isParallel && (state.options.keepalivesRunAhead ?? true);
    return isAhead || !(this.#hasPending || this.#isSending) ? state.wal.end : this.#sentEnd;
  }

  #keepalive(position: bigint, wantsReply = false): void {
    if (!this.#parts.isParallel) this.#provenEnd = bigger(this.#provenEnd, position);
    this.#parts.sink.write(keepalive(position, nowUs(), wantsReply));
  }

  /** Transactions that are read and not sent yet. */
  get queued(): number {
    return this.#parts.state.wal.transactions.length - this.#next + (this.#isSending ? 1 : 0);
  }

  get #hasPending(): boolean {
    return this.#next < this.#parts.state.wal.transactions.length;
  }

  get #mayDeliver(): boolean {
    if (!this.#hasPending || this.#isOver) return false;
    const { wal, delivery } = this.#parts.state;
    return delivery.upTo === null || wal.transactions[this.#next]!.commitEnd <= delivery.upTo;
  }

  #wake(): void {
    if (this.#isDelivering || !this.#mayDeliver) return;
    this.#isDelivering = true;
    void this.#deliver().finally(() => {
      this.#isDelivering = false;
      this.#wake();
    });
  }

  async #deliver(): Promise<void> {
    while (this.#mayDeliver) {
      if (this.#isCutHere) return this.#cutWithin();
      await this.#send(this.#nextPieces());
    }
    // Serial: after decoding new WAL; parallel streams have their timer.
    if (!this.#parts.isParallel && !this.#isOver) this.#keepalive(this.#position());
  }

  /** Records of whole transactions, about as many as go into one batch. */
  #nextPieces(): Piece[] {
    const { state, format, from } = this.#parts;
    const pieces: Piece[] = [];
    for (let bytes = 0; bytes < this.#batchBytes && this.#mayDeliver && !this.#isCutHere; this.#next++) {
      const transaction = state.wal.transactions[this.#next]!;
      if (transaction.commitStart < from) continue;
      for (const piece of transaction.pieces(format)) {
        pieces.push(piece);
        bytes += piece.payload.length;
      }
      this.#provenEnd = bigger(this.#provenEnd, transaction.commitEnd);
    }
    return pieces;
  }

  /** The next transaction has records and is to be cut. */
  get #isCutHere(): boolean {
    const { state, format, from } = this.#parts;
    const transaction = state.wal.transactions[this.#next]!;
    return state.delivery.isCutNext && transaction.commitStart >= from && transaction.pieces(format).length > 2;
  }

  async #cutWithin(): Promise<void> {
    const { state, format, sink } = this.#parts;
    const pieces = state.wal.transactions[this.#next]!.pieces(format);
    state.delivery.isCutNext = false;
    await this.#send(pieces.slice(0, Math.ceil(pieces.length / 2)));
    await sink.drained();
    sink.cut();
    this.stop();
  }

  async #send(pieces: readonly Piece[]): Promise<void> {
    const { format, sink } = this.#parts;
    this.#isSending = true;
    for (const { headerLsn, payload } of packFrames(pieces, format, this.#batchBytes)) {
      if (!sink.write(xlogData(headerLsn, nowUs(), payload))) await sink.drained();
      if (this.#isOver) return;
    }
    this.#isSending = false;
    this.#sentEnd = bigger(this.#sentEnd, this.#parts.state.wal.transactions[this.#next - 1]?.commitEnd ?? 0n);
    this.#idleAgain();
  }

  get #batchBytes(): number {
    return this.#parts.state.options.batchBytes ?? MIB;
  }

  /** Half the timeout without a status: the server asks for one; all of it: it leaves. */
  #heard(): void {
    const { timeoutMs, sink } = this.#parts;
    if (timeoutMs === 0) return;
    this.#setTimer('half', timeoutMs / 2, () => this.#keepalive(this.#position(), true));
    this.#setTimer('end', timeoutMs, () => sink.cut());
  }

  #idleAgain(): void {
    const { state, isParallel } = this.#parts;
    if (!isParallel) return;
    this.#setTimer('idle', state.options.idleKeepaliveMs ?? IDLE_KEEPALIVE_MS, () => {
      this.#keepalive(this.#position());
      this.#idleAgain();
    });
  }

  #setTimer(which: 'idle' | 'half' | 'end', ms: number, callback: () => void): void {
    this.#timers.get(which)?.();
    if (!this.#isOver) this.#timers.set(which, this.#parts.state.setTimer(callback, ms));
  }
}

function nowUs(): bigint {
  return BigInt(Date.now()) * 1000n;
}

function bigger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
