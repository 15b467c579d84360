import type { ChangeHandler } from '../../domain/change.ts';
import { LSN_ZERO, type Lsn, lsnFromHalves } from '../../domain/lsn.ts';
import { readDdl } from './ddl-line.ts';
import type { DecoderParts } from './decoder-parts.ts';
import type { DecodeControl, FrameDecoder } from './frame-decoder.ts';
import { FrameReader } from './frame-reader.ts';
import { JsonChanges } from './mppdb-json.ts';
import { RelationBook } from './relation-book.ts';
import type { ShapeSource } from './shapes.ts';
import { StreamChanges } from './stream-changes.ts';
import { TransactionHolder } from './transaction-holder.ts';
import { type BeginLine, readSerialBegin, readSerialCommit } from './transaction-line.ts';
import { readTruncate, truncatedRelations } from './truncate-line.ts';

/**
 * mppdb_decoding, serial (contrib mppdb_decoding.cpp): one record per frame, told apart by its first byte. The commit time
 * comes with COMMIT, so a transaction is held until then. One that is too large to hold begins with the clock's time
 * instead; that time is exempt from what is equal when a transaction is sent again.
 */
const BEGIN = 0x42; // B
const COMMIT = 0x43; // C
const CHANGE = 0x7b; // {
const TRUNCATE = 0x74; // table …
const DDL = 0x70; // prefix: …

export interface SerialParts extends DecoderParts {
  /** Microseconds since 1970. */
  readonly now: () => number;
}

/** A decoder for one stream session. Calls its parts synchronously; reuses change, rows and transaction objects. */
export function createSerialDecoder(parts: SerialParts): FrameDecoder {
  return new SerialDecoder(parts);
}

class SerialDecoder implements FrameDecoder {
  readonly #handler: ChangeHandler;
  readonly #control: DecodeControl;
  readonly #shapes: ShapeSource;
  readonly #now: () => number;
  readonly #book: RelationBook;
  readonly #changes: StreamChanges;
  readonly #rows: JsonChanges;
  readonly #reader = new FrameReader();
  readonly #held = new TransactionHolder();
  /** The transaction that is held and has not begun for the handler. */
  #collecting: BeginLine | null = null;
  #xid = -1;
  /** Of the commit that follows what is held; null: not read yet. */
  #endLsn: Lsn | null = null;

  constructor({ handler, control, shapes, now }: SerialParts) {
    this.#handler = handler;
    this.#control = control;
    this.#shapes = shapes;
    this.#now = now;
    this.#book = new RelationBook(handler, shapes, control);
    this.#changes = new StreamChanges(handler);
    this.#rows = new JsonChanges(this.#changes, this.#book);
  }

  get hasRest(): boolean {
    return this.#collecting === null && (this.#endLsn !== null || !this.#held.isEmpty);
  }

  get isCollecting(): boolean {
    return this.#collecting !== null;
  }

  frame(bytes: Buffer, start: number, end: number, lsnHigh: number, lsnLow: number): void {
    const reader = this.#reader;
    reader.open(bytes, start, end, lsnHigh, lsnLow);
    if (start >= end) reader.fail('an empty record');
    const kind = bytes[start]!;
    if (kind === BEGIN) this.#begin(reader);
    else if (this.#collecting === null && !this.#changes.isOpen) reader.fail('a record outside a transaction');
    else if (kind === COMMIT) this.#commit(reader);
    else if (kind !== CHANGE && kind !== TRUNCATE && kind !== DDL) reader.fail(`unknown record ${kind}`);
    else if (this.#collecting !== null) this.#collect(reader, this.#collecting);
    else if (!this.#handOver(reader)) this.#held.keep(reader);
  }

  goOn(): void {
    const reader = this.#reader;
    if (!this.hasRest) return;
    while (!this.#held.isEmpty) {
      this.#held.openFirst(reader);
      if (!this.#handOver(reader)) return;
      this.#held.dropFirst();
      // Also before the commit: a change that stops the stream stops it before its transaction is committed.
      if (this.hasRest && !this.#control.mayGoOn()) return;
    }
    if (this.#endLsn === null) return;
    const endLsn = this.#endLsn;
    this.#endLsn = null;
    this.#changes.commit(endLsn);
  }

  #begin(reader: FrameReader): void {
    if (this.#collecting !== null || this.#changes.isOpen) reader.fail('a transaction begins within another');
    this.#collecting = readSerialBegin(reader);
    this.#xid = this.#collecting.xid;
  }

  #collect(reader: FrameReader, begin: BeginLine): void {
    this.#held.keep(reader);
    if (this.#held.isFull) this.#release(begin, this.#now());
  }

  #commit(reader: FrameReader): void {
    const { xid, commitTimeUs } = readSerialCommit(reader);
    if (xid !== this.#xid) reader.fail(`a commit of ${xid} in transaction ${this.#xid}`);
    const endLsn = lsnFromHalves(reader.lsnHigh, reader.lsnLow);
    if (endLsn === LSN_ZERO) reader.fail('a commit without a position');
    this.#endLsn = endLsn;
    if (this.#collecting !== null) this.#release(this.#collecting, commitTimeUs);
    else this.goOn();
  }

  /** Begins the held transaction and hands over what is held of it. */
  #release({ xid, origin }: BeginLine, commitTimeUs: number): void {
    this.#collecting = null;
    this.#changes.begin(xid, commitTimeUs, origin);
    this.goOn();
  }

  /** False: not ready, to be read again. */
  #handOver(reader: FrameReader): boolean {
    const { lsnHigh, lsnLow } = reader;
    const kind = reader.bytes[reader.start]!;
    if (kind === CHANGE) return this.#rows.read(reader, lsnHigh, lsnLow);
    if (kind === DDL) {
      this.#handler.message(readDdl(reader));
      return true;
    }
    const relations = truncatedRelations(readTruncate(reader), this.#book, this.#shapes);
    if (relations === null) return false;
    this.#handler.truncate(relations, lsnFromHalves(lsnHigh, lsnLow));
    return true;
  }
}
