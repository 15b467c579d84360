import { CELL_UNCHANGED, type RowView } from '../../domain/cell.ts';
import type { BeforeKind, ChangeHandler, RowOp } from '../../domain/change.ts';
import { lsnFromHalves } from '../../domain/lsn.ts';
import type { Relation } from '../../domain/relation.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { FrameReader } from './frame-reader.ts';
import { RelationCache } from './relation-cache.ts';
import { StreamChanges } from './stream-changes.ts';
import { readTuple } from './tuple.ts';

/**
 * pgoutput, protocol version 1 (PostgreSQL 10 and later), text format. Source: PostgreSQL docs, "Logical Replication
 * Message Formats". Not understood, and refused: binary columns, streamed (in-progress) and two-phase transactions; they
 * are not asked for.
 *
 * openGauss (3.0 and later; pgoutput.cpp, proto.cpp) differs in this: xids of 8 bytes, a BEGIN again before each DDL message,
 * and two messages more.
 */
const BEGIN = 0x42; // B
const COMMIT = 0x43; // C
const ORIGIN = 0x4f; // O
const RELATION = 0x52; // R
const TYPE = 0x59; // Y
const INSERT = 0x49; // I
const UPDATE = 0x55; // U
const DELETE = 0x44; // D
const TRUNCATE = 0x54; // T
const MESSAGE = 0x4d; // M
/** openGauss: connection info of its standbys (protocol 2), behind a commit. PostgreSQL's `S` is another message. */
const CONNECTION_INFO = 0x53; // S
/** openGauss: DDL, where the publication asks for it. */
const DDL = 0x4c; // L

const NEW_ROW = 0x4e; // N
const OLD_KEY = 0x4b; // K
const OLD_ROW = 0x4f; // O

const TRUNCATE_OPTIONS = 3; // 1: CASCADE, 2: RESTART IDENTITY
const POSTGRES_EPOCH_US = 946_684_800_000_000;
/** 2^53 in the upper half: xids are told as numbers. */
const XID_HIGH_LIMIT = 0x20_0000;

/** A decoder for one stream session. Calls `handler` synchronously; reuses change, rows and transaction objects. */
export function createPgoutputDecoder(handler: ChangeHandler): FrameDecoder {
  return new PgoutputDecoder(handler, false);
}

/** The same for openGauss. */
export function createOpenGaussPgoutputDecoder(handler: ChangeHandler): FrameDecoder {
  return new PgoutputDecoder(handler, true);
}

class PgoutputDecoder implements FrameDecoder {
  readonly #handler: ChangeHandler;
  readonly #reader = new FrameReader();
  readonly #relations = new RelationCache();
  readonly #changes: StreamChanges;
  readonly #isOpenGauss: boolean;
  #xid = -1;
  #commitTimeUs = 0;

  /** A frame is one message. */
  readonly hasRest = false;

  constructor(handler: ChangeHandler, isOpenGauss: boolean) {
    this.#handler = handler;
    this.#changes = new StreamChanges(handler);
    this.#isOpenGauss = isOpenGauss;
  }

  goOn(): void {}

  frame(bytes: Buffer, start: number, end: number, lsnHigh: number, lsnLow: number): void {
    const reader = this.#reader;
    reader.open(bytes, start, end, lsnHigh, lsnLow);
    const tag = reader.uint8();
    if (tag === INSERT) this.#insert(reader);
    else if (tag === UPDATE) this.#update(reader);
    else if (tag === DELETE) this.#delete(reader);
    else this.#rare(tag, reader);
  }

  #insert(reader: FrameReader): void {
    const relation = this.#relationOfChange(reader);
    if (reader.uint8() !== NEW_ROW) reader.fail('an insert without a new row');
    readTuple(reader, relation.columns.length, this.#changes.newRow);
    this.#emit('c', relation, this.#changes.newRow, null, 'none');
  }

  #update(reader: FrameReader): void {
    const relation = this.#relationOfChange(reader);
    const columns = relation.columns.length;
    const kind = reader.uint8();
    if (kind === NEW_ROW) {
      readTuple(reader, columns, this.#changes.newRow);
      this.#emit('u', relation, this.#changes.newRow, null, 'none');
      return;
    }
    const beforeKind = this.#readOldRow(kind, reader, relation);
    if (reader.uint8() !== NEW_ROW) reader.fail('an update without a new row');
    readTuple(reader, columns, this.#changes.newRow);
    this.#emit('u', relation, this.#changes.newRow, this.#changes.oldRow, beforeKind);
  }

  #delete(reader: FrameReader): void {
    const relation = this.#relationOfChange(reader);
    const beforeKind = this.#readOldRow(reader.uint8(), reader, relation);
    this.#emit('d', relation, null, this.#changes.oldRow, beforeKind);
  }

  #emit(op: RowOp, relation: Relation, after: RowView | null, before: RowView | null, beforeKind: BeforeKind): void {
    const reader = this.#reader;
    reader.finish();
    this.#changes.emit(op, relation, after, before, beforeKind, reader.lsnHigh, reader.lsnLow);
  }

  #readOldRow(tag: number, reader: FrameReader, { columns }: Relation): BeforeKind {
    if (tag !== OLD_KEY && tag !== OLD_ROW) reader.fail(`unknown kind ${tag} of row`);
    const { oldRow } = this.#changes;
    readTuple(reader, columns.length, oldRow);
    if (tag === OLD_ROW) return 'full';
    // For ustore tables openGauss fills in the other columns of a key row (seen); they are no more promised than elsewhere.
    if (this.#isOpenGauss) {
      for (let i = 0; i < columns.length; i++) if (!columns[i]!.isIdentity) oldRow.length[i] = CELL_UNCHANGED;
    }
    return 'key';
  }

  #relationOfChange(reader: FrameReader): Relation {
    if (!this.#changes.isOpen) reader.fail('a change outside a transaction');
    return this.#knownRelation(reader);
  }

  #knownRelation(reader: FrameReader): Relation {
    const oid = reader.uint32();
    return this.#relations.find(oid) ?? reader.fail(`relation ${oid} was not announced`);
  }

  #rare(tag: number, reader: FrameReader): void {
    if (tag === BEGIN) this.#begin(reader);
    else if (tag === COMMIT) this.#commit(reader);
    else if (tag === RELATION) this.#relation(reader);
    else if (tag === TRUNCATE) this.#truncate(reader);
    else if (tag === ORIGIN) this.#origin(reader);
    else if (tag === MESSAGE) this.#message(reader);
    else if (tag === TYPE) this.#type(reader);
    else if (tag === DDL && this.#isOpenGauss) this.#ddl(reader);
    else if (tag === CONNECTION_INFO && this.#isOpenGauss) this.#connectionInfo(reader);
    else reader.fail(`unknown message tag ${tag}`);
  }

  #begin(reader: FrameReader): void {
    const { isOpen } = this.#changes;
    if (isOpen && !this.#isOpenGauss) reader.fail('a transaction begins within another');
    reader.lsn(); // final LSN: that of the commit record
    const commitTimeUs = reader.int64AsNumber() + POSTGRES_EPOCH_US;
    const xid = this.#readXid(reader);
    reader.finish();
    if (isOpen) {
      // openGauss begins a transaction again before each DDL message in it.
      if (xid !== this.#xid || commitTimeUs !== this.#commitTimeUs) reader.fail('a transaction begins within another');
      return;
    }
    this.#xid = xid;
    this.#commitTimeUs = commitTimeUs;
    this.#changes.begin(xid, commitTimeUs, null);
  }

  #readXid(reader: FrameReader): number {
    if (!this.#isOpenGauss) return reader.uint32();
    const high = reader.uint32();
    if (high >= XID_HIGH_LIMIT) reader.fail('a transaction id beyond 2^53');
    return high * 0x1_0000_0000 + reader.uint32();
  }

  #commit(reader: FrameReader): void {
    if (!this.#changes.isOpen) reader.fail('a commit outside a transaction');
    const flags = reader.uint8();
    if (flags !== 0) reader.fail(`unknown commit flags ${flags}`);
    reader.lsn(); // of the commit record
    const endLsn = reader.lsn();
    reader.lsn(); // commit time, known since begin
    reader.finish();
    this.#changes.commit(endLsn);
  }

  /** The origin follows its begin: the transaction object, which the handler has already, is completed. */
  #origin(reader: FrameReader): void {
    if (!this.#changes.isOpen) reader.fail('an origin outside a transaction');
    const lsn = reader.lsn(); // of the commit at the origin
    const name = reader.text();
    reader.finish();
    this.#changes.origin(name, lsn);
  }

  #relation(reader: FrameReader): void {
    const relation = this.#relations.announce(reader);
    this.#changes.grow(relation.columns.length);
    this.#handler.relation(relation);
  }

  #truncate(reader: FrameReader): void {
    if (!this.#changes.isOpen) reader.fail('a truncate outside a transaction');
    const count = reader.uint32();
    const options = reader.uint8();
    if (options > TRUNCATE_OPTIONS) reader.fail(`unknown truncate options ${options}`);
    if (count * 4 !== reader.end - reader.at) reader.fail(`a truncate of ${count} relations does not fit the frame`);
    const relations: Relation[] = [];
    for (let i = 0; i < count; i++) relations.push(this.#knownRelation(reader));
    this.#handler.truncate(relations, lsnFromHalves(reader.lsnHigh, reader.lsnLow));
  }

  #message(reader: FrameReader): void {
    const flags = reader.uint8();
    if (flags > 1) reader.fail(`unknown message flags ${flags}`);
    const transactional = flags === 1;
    if (transactional && !this.#changes.isOpen) reader.fail('a transactional message outside a transaction');
    const lsn = reader.lsn();
    const prefix = reader.text();
    const content = reader.view(reader.int32());
    reader.finish();
    this.#handler.message({ transactional, prefix, content, lsn });
  }

  /** Announces a user-defined type; nothing here depends on it (the catalog tells types). */
  #type(reader: FrameReader): void {
    reader.uint32();
    reader.text();
    reader.text();
    reader.finish();
  }

  #ddl(reader: FrameReader): void {
    if (!this.#changes.isOpen) reader.fail('a DDL message outside a transaction');
    const flags = reader.uint8();
    if (flags !== 0) reader.fail(`unknown DDL flags ${flags}`);
    const lsn = reader.lsn();
    const prefix = reader.text();
    const sizeHigh = reader.uint32();
    if (sizeHigh !== 0) reader.fail('a DDL message of 4 GiB or more');
    const content = reader.view(reader.uint32());
    reader.finish();
    this.#handler.message({ transactional: true, prefix, content, lsn });
  }

  /** Where standbys listen; nothing here depends on it. */
  #connectionInfo(reader: FrameReader): void {
    reader.text();
    reader.finish();
  }
}
