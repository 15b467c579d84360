import type { RowView } from '../../domain/cell.ts';
import type { BeforeKind, Change, ChangeHandler, RowOp, Transaction } from '../../domain/change.ts';
import { lsnFromHalves } from '../../domain/lsn.ts';
import type { Relation } from '../../domain/relation.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { FrameReader } from './frame-reader.ts';
import { RelationCache } from './relation-cache.ts';
import { emptyRow, growRow, readTuple } from './tuple.ts';

/**
 * pgoutput, protocol version 1 (PostgreSQL 10 and later), text format. Source: PostgreSQL docs, "Logical Replication
 * Message Formats". Not understood, and refused: binary columns, streamed (in-progress) and two-phase transactions; they
 * are not asked for.
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

const NEW_ROW = 0x4e; // N
const OLD_KEY = 0x4b; // K
const OLD_ROW = 0x4f; // O

const TRUNCATE_OPTIONS = 3; // 1: CASCADE, 2: RESTART IDENTITY
const POSTGRES_EPOCH_US = 946_684_800_000_000;
const FIRST_CAPACITY = 32;
const NO_RELATION: Relation = { oid: 0, schema: '', table: '', replicaIdentity: 'n', columns: [] };

/** A decoder for one stream session. Calls `handler` synchronously; reuses change, rows and transaction objects. */
export function createPgoutputDecoder(handler: ChangeHandler): FrameDecoder {
  return new PgoutputDecoder(handler);
}

class PgoutputDecoder implements FrameDecoder {
  readonly #handler: ChangeHandler;
  readonly #reader = new FrameReader();
  readonly #relations = new RelationCache();
  readonly #newRow = emptyRow(FIRST_CAPACITY);
  readonly #oldRow = emptyRow(FIRST_CAPACITY);
  readonly #transaction: Transaction = { xid: -1, commitTimeUs: 0, origin: null };
  readonly #change: Change = {
    op: 'c',
    relation: NO_RELATION,
    after: null,
    before: null,
    beforeKind: 'none',
    lsnHigh: 0,
    lsnLow: 0,
    eventNumber: 0,
  };
  #isOpen = false;

  constructor(handler: ChangeHandler) {
    this.#handler = handler;
  }

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
    readTuple(reader, relation.columns.length, this.#newRow);
    this.#emit('c', relation, this.#newRow, null, 'none');
  }

  #update(reader: FrameReader): void {
    const relation = this.#relationOfChange(reader);
    const columns = relation.columns.length;
    const kind = reader.uint8();
    if (kind === NEW_ROW) {
      readTuple(reader, columns, this.#newRow);
      this.#emit('u', relation, this.#newRow, null, 'none');
      return;
    }
    const beforeKind = this.#oldRowKind(kind, reader);
    readTuple(reader, columns, this.#oldRow);
    if (reader.uint8() !== NEW_ROW) reader.fail('an update without a new row');
    readTuple(reader, columns, this.#newRow);
    this.#emit('u', relation, this.#newRow, this.#oldRow, beforeKind);
  }

  #delete(reader: FrameReader): void {
    const relation = this.#relationOfChange(reader);
    const beforeKind = this.#oldRowKind(reader.uint8(), reader);
    readTuple(reader, relation.columns.length, this.#oldRow);
    this.#emit('d', relation, null, this.#oldRow, beforeKind);
  }

  #emit(op: RowOp, relation: Relation, after: RowView | null, before: RowView | null, beforeKind: BeforeKind): void {
    const reader = this.#reader;
    reader.finish();
    const change = this.#change;
    change.op = op;
    change.relation = relation;
    change.after = after;
    change.before = before;
    change.beforeKind = beforeKind;
    change.lsnHigh = reader.lsnHigh;
    change.lsnLow = reader.lsnLow;
    change.eventNumber = 0;
    this.#handler.change(change);
  }

  #oldRowKind(tag: number, reader: FrameReader): BeforeKind {
    if (tag === OLD_KEY) return 'key';
    if (tag === OLD_ROW) return 'full';
    return reader.fail(`unknown kind ${tag} of row`);
  }

  #relationOfChange(reader: FrameReader): Relation {
    if (!this.#isOpen) reader.fail('a change outside a transaction');
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
    else reader.fail(`unknown message tag ${tag}`);
  }

  #begin(reader: FrameReader): void {
    if (this.#isOpen) reader.fail('a transaction begins within another');
    reader.lsn(); // final LSN: that of the commit record
    const commitTimeUs = reader.int64AsNumber() + POSTGRES_EPOCH_US;
    const xid = reader.uint32();
    reader.finish();
    const transaction = this.#transaction;
    transaction.xid = xid;
    transaction.commitTimeUs = commitTimeUs;
    transaction.origin = null;
    this.#isOpen = true;
    this.#handler.begin(transaction);
  }

  #commit(reader: FrameReader): void {
    if (!this.#isOpen) reader.fail('a commit outside a transaction');
    const flags = reader.uint8();
    if (flags !== 0) reader.fail(`unknown commit flags ${flags}`);
    reader.lsn(); // of the commit record
    const endLsn = reader.lsn();
    reader.lsn(); // commit time, known since begin
    reader.finish();
    this.#isOpen = false;
    this.#handler.commit(endLsn);
  }

  /** The origin follows its begin: the transaction object, which the handler has already, is completed. */
  #origin(reader: FrameReader): void {
    if (!this.#isOpen) reader.fail('an origin outside a transaction');
    reader.lsn(); // commit LSN at the origin
    const name = reader.text();
    reader.finish();
    this.#transaction.origin = name;
  }

  #relation(reader: FrameReader): void {
    const relation = this.#relations.announce(reader);
    if (relation === null) return;
    growRow(this.#newRow, relation.columns.length);
    growRow(this.#oldRow, relation.columns.length);
    this.#handler.relation(relation);
  }

  #truncate(reader: FrameReader): void {
    if (!this.#isOpen) reader.fail('a truncate outside a transaction');
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
    if (transactional && !this.#isOpen) reader.fail('a transactional message outside a transaction');
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
}
