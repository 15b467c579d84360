import { type Lsn, lsnFromHalves, lsnHalves } from '../../domain/lsn.ts';
import type { ChangeReader } from './change-reader.ts';
import type { DecodeControl, FrameDecoder } from './frame-decoder.ts';
import { FrameReader } from './frame-reader.ts';
import type { StreamChanges } from './stream-changes.ts';
import { readParallelBegin, readParallelCommit } from './transaction-line.ts';

/**
 * Parallel decoding in the styles `j` and `t` (parallel_reorderbuffer.cpp, and pg_recvlogical.cpp as the client that the
 * server's authors wrote). Without sending-batch a frame is one record. With it, records follow each other, each with
 *
 * | bytes | |
 * |---|---|
 * | 4 | length of what follows; 0: no more records |
 * | 8 | LSN: of the change; end of the commit record |
 * | … | record |
 *
 * The first letter tells BEGIN and commit (either case) from a change.
 */
const BEGIN = 0x62; // b
const COMMIT = 0x63; // c
const LOWER_CASE = 0x20;
const LSN_BYTES = 8;
const LENGTH_BYTES = 4;

/** What the decoders of the two styles share. */
export interface LineParts {
  readonly control: DecodeControl;
  readonly changes: StreamChanges;
  readonly rows: ChangeReader;
  /** Option sending-batch. */
  readonly batch: boolean;
}

/** Transactions and frames of the parallel styles `j` and `t`. */
export class ParallelLines implements FrameDecoder {
  readonly #control: DecodeControl;
  readonly #changes: StreamChanges;
  readonly #rows: ChangeReader;
  readonly #isBatch: boolean;
  readonly #frame = new FrameReader();
  readonly #record = new FrameReader();
  #xid = -1;
  #firstHigh = 0;
  #firstLow = 0;
  #hasRest = false;

  constructor({ control, changes, rows, batch }: LineParts) {
    this.#control = control;
    this.#changes = changes;
    this.#rows = rows;
    this.#isBatch = batch;
  }

  get hasRest(): boolean {
    return this.#hasRest;
  }

  frame(bytes: Buffer, start: number, end: number, lsnHigh: number, lsnLow: number): void {
    this.#frame.open(bytes, start, end, lsnHigh, lsnLow);
    this.#walk();
  }

  goOn(): void {
    if (this.#hasRest) this.#walk();
  }

  #walk(): void {
    this.#hasRest = !(this.#isBatch ? this.#readBatch(this.#frame) : this.#readSingle(this.#frame));
  }

  #readSingle({ bytes, start, end, lsnHigh, lsnLow }: FrameReader): boolean {
    this.#record.open(bytes, start, end, lsnHigh, lsnLow);
    return this.#readRecord(this.#record);
  }

  /** Reads the records of the batch from where its reader stands. False: there is a rest. */
  #readBatch(frame: FrameReader): boolean {
    const record = this.#record;
    for (;;) {
      const { at } = frame;
      const length = frame.uint32();
      if (length === 0) break;
      if (length < LSN_BYTES) frame.fail(`a record of ${length} bytes has no LSN`);
      const lsnHigh = frame.uint32();
      const lsnLow = frame.uint32();
      const start = frame.at;
      const end = at + LENGTH_BYTES + length;
      if (end > frame.end) frame.fail(`a record of ${length} bytes does not fit into the frame`);
      record.open(frame.bytes, start, end, lsnHigh, lsnLow);
      if (!this.#readRecord(record)) {
        frame.at = at;
        return false;
      }
      frame.at = end;
      if (!isLast(frame) && !this.#control.mayGoOn()) return false;
    }
    frame.finish();
    return true;
  }

  /** False: not ready, to be read again. */
  #readRecord(record: FrameReader): boolean {
    const kind = (record.at < record.end ? record.bytes[record.at]! : 0) | LOWER_CASE;
    if (kind === BEGIN) this.#begin(record);
    else if (!this.#changes.isOpen) record.fail('a record outside a transaction');
    else if (kind === COMMIT) this.#commit(record);
    // A frame's own LSN may be that of an earlier commit, so changes without their own LSN have that of the transaction.
    else if (this.#isBatch) return this.#rows.read(record, record.lsnHigh, record.lsnLow);
    else return this.#rows.read(record, this.#firstHigh, this.#firstLow);
    return true;
  }

  #begin(record: FrameReader): void {
    if (this.#changes.isOpen) record.fail('a transaction begins within another');
    const { xid, origin, firstLsn, commitTimeUs } = readParallelBegin(record);
    const { lsnHigh, lsnLow } = lsnHalves(firstLsn);
    this.#xid = xid;
    this.#firstHigh = lsnHigh;
    this.#firstLow = lsnLow;
    this.#changes.begin(xid, commitTimeUs, origin);
  }

  #commit(record: FrameReader): void {
    const xid = readParallelCommit(record);
    // Servers before 6.0 tell the xid only here.
    if (this.#xid !== -1 && xid !== this.#xid) record.fail(`a commit of ${xid} in transaction ${this.#xid}`);
    const endLsn = this.#endLsn(record);
    this.#control.reached(endLsn);
    this.#changes.commit(endLsn, xid);
  }

  /**
   * Without sending-batch the server tells only where the commit record starts. A transaction is sent again unless a
   * position behind its start was confirmed (measured), and the next one cannot start before the byte after it.
   */
  #endLsn(record: FrameReader): Lsn {
    const { lsnHigh, lsnLow } = record;
    const isImpossible = (lsnHigh | lsnLow) === 0 || (lsnHigh & lsnLow) === -1;
    if (isImpossible) record.fail('a commit at an impossible position');
    const lsn = lsnFromHalves(lsnHigh, lsnLow);
    return this.#isBatch ? lsn : ((lsn + 1n) as Lsn);
  }
}

/** Only the end mark follows: nothing to be held before it. */
function isLast({ bytes, at, end }: FrameReader): boolean {
  return end - at === LENGTH_BYTES && bytes.readUInt32BE(at) === 0;
}
