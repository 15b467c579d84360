import { LSN_ZERO, lsnFromHalves } from '../../domain/lsn.ts';
import { BinaryRows } from './binary-rows.ts';
import { type BinaryTable, BinaryTables } from './binary-tables.ts';
import type { DecoderParts } from './decoder-parts.ts';
import type { DecodeControl, FrameDecoder } from './frame-decoder.ts';
import { FrameReader } from './frame-reader.ts';
import { RelationBook } from './relation-book.ts';
import { StreamChanges } from './stream-changes.ts';
import { readTransactionFields } from './transaction-fields.ts';

/**
 * mppdb_decoding, parallel, style b (openGauss 3.0 and later), with and without sending-batch. Source: parallel_decode.cpp,
 * parallel_reorderbuffer.cpp, and pg_recvlogical.cpp (BatchStreamToText) as the client that the server's authors wrote.
 *
 * A frame is records one behind the other: uint32 L, L bytes, one byte P (another follows) or F (the last). L = 0 or the
 * frame's end behind P end it too. The L bytes: uint64 LSN, type, body. The frame's own LSN means nothing here.
 */
const MORE = 0x50; // P
const LAST = 0x46; // F

const BEGIN = 0x42; // B
const COMMIT = 0x43; // C
const INSERT = 0x49; // I
const UPDATE = 0x55; // U
const DELETE = 0x44; // D

/** A decoder for one stream session. Calls its parts synchronously; reuses change, rows and transaction objects. */
export function createParallelBinaryDecoder(parts: DecoderParts): FrameDecoder {
  return new ParallelBinaryDecoder(parts);
}

class ParallelBinaryDecoder implements FrameDecoder {
  readonly #control: DecodeControl;
  readonly #changes: StreamChanges;
  readonly #tables: BinaryTables;
  readonly #rows: BinaryRows;
  readonly #frame = new FrameReader();
  readonly #record = new FrameReader();
  #xid = -1;
  #hasRest = false;

  constructor({ handler, control, shapes }: DecoderParts) {
    this.#control = control;
    const book = new RelationBook(handler, shapes, control);
    this.#changes = new StreamChanges(handler);
    this.#tables = new BinaryTables(book);
    this.#rows = new BinaryRows(book, this.#changes);
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

  /** Hands over the records of the frame from where its reader stands. */
  #walk(): void {
    const frame = this.#frame;
    const record = this.#record;
    this.#hasRest = false;
    let isFollowed: boolean;
    do {
      const { at } = frame;
      const length = frame.uint32();
      if (length === 0) {
        frame.finish();
        return;
      }
      const start = frame.at;
      if (length > frame.end - start) frame.fail(`a record of ${length} bytes does not fit into the frame`);
      record.open(frame.bytes, start, start + length, frame.lsnHigh, frame.lsnLow);
      frame.at = start + length;
      isFollowed = this.#isFollowed(frame);
      if (!this.#readRecord(record)) {
        frame.at = at;
        this.#hasRest = true;
        return;
      }
    } while (isFollowed && this.#control.mayGoOn());
    this.#hasRest = isFollowed;
  }

  /** Reads what stands behind a record. */
  #isFollowed(frame: FrameReader): boolean {
    if (frame.at === frame.end) return false;
    const mark = frame.uint8();
    if (mark === MORE) return frame.at < frame.end;
    if (mark !== LAST) frame.fail(`unknown mark ${mark} behind a record`);
    frame.finish();
    return false;
  }

  /** False: not ready, to be read again. */
  #readRecord(record: FrameReader): boolean {
    const lsnHigh = record.uint32();
    const lsnLow = record.uint32();
    // From here on it is the record's own position that errors and changes carry.
    record.lsnHigh = lsnHigh;
    record.lsnLow = lsnLow;
    const type = record.uint8();
    if (type === INSERT) return this.#insert(record);
    if (type === UPDATE) return this.#update(record);
    if (type === DELETE) return this.#delete(record);
    if (type === BEGIN) return this.#begin(record);
    if (type === COMMIT) return this.#commit(record);
    return record.fail(`unknown record type ${type}`);
  }

  #insert(record: FrameReader): boolean {
    const table = this.#tableOf(record);
    if (!this.#rows.readNew(table, record)) return false;
    record.finish();
    const { relation } = table.entry;
    this.#changes.emit('c', relation!, this.#changes.newRow, null, 'none', record.lsnHigh, record.lsnLow);
    return true;
  }

  #update(record: FrameReader): boolean {
    const table = this.#tableOf(record);
    if (!this.#rows.readNew(table, record)) return false;
    const { relation } = table.entry;
    const kind = this.#rows.readOld(table, record);
    if (kind === null) return false;
    if (table.entry.relation !== relation) record.fail('the old row has columns that the new one has not');
    record.finish();
    const { newRow, oldRow } = this.#changes;
    const before = kind === 'none' ? null : oldRow;
    this.#changes.emit('u', relation!, newRow, before, kind, record.lsnHigh, record.lsnLow);
    return true;
  }

  #delete(record: FrameReader): boolean {
    const table = this.#tableOf(record);
    const kind = this.#rows.readOld(table, record);
    if (kind === null) return false;
    record.finish();
    const before = kind === 'none' ? null : this.#changes.oldRow;
    this.#changes.emit('d', table.entry.relation!, null, before, kind, record.lsnHigh, record.lsnLow);
    return true;
  }

  #tableOf(record: FrameReader): BinaryTable {
    if (!this.#changes.isOpen) record.fail('a change outside a transaction');
    return this.#tables.read(record);
  }

  /** uint64 CSN, uint64 LSN of the transaction's first record, tagged fields. */
  #begin(record: FrameReader): boolean {
    if (this.#changes.isOpen) record.fail('a transaction begins within another');
    record.lsn();
    record.lsn();
    const { xid, commitTimeUs, originId } = readTransactionFields(record, 'XTON');
    if (Number.isNaN(commitTimeUs)) record.fail('a transaction without its commit time');
    this.#xid = xid;
    this.#changes.begin(xid, commitTimeUs, originId === 0 ? null : String(originId));
    return true;
  }

  /** Its LSN is the end of the commit record: the position to confirm. */
  #commit(record: FrameReader): boolean {
    if (!this.#changes.isOpen) record.fail('a commit outside a transaction');
    const { xid } = readTransactionFields(record, 'XT');
    // Servers before 6.0 tell the xid only here.
    if (this.#xid !== -1 && xid !== this.#xid) record.fail(`a commit of ${xid} in transaction ${this.#xid}`);
    const endLsn = lsnFromHalves(record.lsnHigh, record.lsnLow);
    if (endLsn === LSN_ZERO) record.fail('a commit without a position');
    this.#control.reached(endLsn);
    this.#changes.commit(endLsn, xid);
    return true;
  }
}
