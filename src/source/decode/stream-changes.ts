import type { RowView } from '../../domain/cell.ts';
import type { BeforeKind, Change, ChangeHandler, RowOp, Transaction } from '../../domain/change.ts';
import type { Lsn } from '../../domain/lsn.ts';
import type { Relation } from '../../domain/relation.ts';
import { emptyRow, growRow } from './tuple.ts';

const FIRST_CAPACITY = 32;
const NO_RELATION: Relation = { oid: 0, schema: '', table: '', replicaIdentity: 'n', columns: [] };

/** The objects a decoder reuses for every change of a stream, and the state of its transaction. */
export class StreamChanges {
  readonly newRow = emptyRow(FIRST_CAPACITY);
  readonly oldRow = emptyRow(FIRST_CAPACITY);
  readonly #handler: ChangeHandler;
  readonly #transaction: Transaction = { xid: -1, commitTimeUs: 0, origin: null, previousLsn: null };
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

  /** Within a transaction. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  begin(xid: number, commitTimeUs: number, origin: string | null): void {
    const transaction = this.#transaction;
    transaction.xid = xid;
    transaction.commitTimeUs = commitTimeUs;
    transaction.origin = origin;
    transaction.originLsn = undefined;
    this.#isOpen = true;
    this.#handler.begin(transaction);
  }

  /** Completes the transaction, which the handler has already, where its origin follows the begin. */
  origin(name: string, lsn: Lsn): void {
    this.#transaction.origin = name;
    this.#transaction.originLsn = lsn;
  }

  /** Room for `columns` cells in both rows; what they held is void. */
  grow(columns: number): void {
    growRow(this.newRow, columns);
    growRow(this.oldRow, columns);
  }

  emit(
    op: RowOp,
    relation: Relation,
    after: RowView | null,
    before: RowView | null,
    beforeKind: BeforeKind,
    lsnHigh: number,
    lsnLow: number,
  ): void {
    const change = this.#change;
    change.op = op;
    change.relation = relation;
    change.after = after;
    change.before = before;
    change.beforeKind = beforeKind;
    change.lsnHigh = lsnHigh;
    change.lsnLow = lsnLow;
    change.eventNumber = 0;
    this.#handler.change(change);
  }

  /** `xid`: where the server tells it only with the commit. */
  commit(endLsn: Lsn, xid = this.#transaction.xid): void {
    this.#transaction.xid = xid;
    this.#isOpen = false;
    this.#handler.commit(endLsn);
  }
}
