import type { RowView } from './cell.ts';
import type { Lsn } from './lsn.ts';
import type { Relation } from './relation.ts';

/** c(reate), u(pdate), d(elete): the letters of the header `gausscast-op`. */
export type RowOp = 'c' | 'u' | 'd';

/** What the server sent of the old row: nothing, the identity columns only, or all columns. */
export type BeforeKind = 'none' | 'key' | 'full';

/** One row change. Decoders reuse the object and its rows: valid only until the handler returns. */
export interface Change {
  op: RowOp;
  relation: Relation;
  after: RowView | null;
  before: RowView | null;
  beforeKind: BeforeKind;
  /** LSN the server gives for the change (XLogData start), in halves: no bigint per row. */
  lsnHigh: number;
  lsnLow: number;
  /** Number of the change on its stream (contract); set by the pipeline, 0 before. */
  eventNumber: number;
}

/** The transaction a change belongs to. Reused by decoders like `Change`. */
export interface Transaction {
  /** Transaction id; -1 where the server does not tell it (openGauss before 6.0: not before the commit). */
  xid: number;
  /** Commit time, microseconds since 1970-01-01 UTC (fits a double until the year 2255). */
  commitTimeUs: number;
  /** Name of the replication origin or null. */
  origin: string | null;
  /** LSN of its commit at that origin; null or undefined: no origin, or the server does not tell it. */
  originLsn?: Lsn | null | undefined;
  /** End of the transaction before this one on the stream; null before the first. Set by the pipeline, null before. */
  previousLsn: Lsn | null;
}

export interface LogicalMessage {
  readonly transactional: boolean;
  readonly prefix: string;
  readonly content: Buffer;
  readonly lsn: Lsn;
}

/**
 * Where a decoder hands over what it reads, in stream order. All calls are synchronous; a handler that is not ready
 * for the next frame pauses the stream before it returns.
 */
export interface ChangeHandler {
  begin(transaction: Transaction): void;
  change(change: Change): void;
  /** `endLsn`: end of the commit record, the position to confirm for this transaction. */
  commit(endLsn: Lsn): void;
  truncate(relations: readonly Relation[], lsn: Lsn): void;
  /** A relation not seen before in this session, or one whose shape changed. Called before the first change of it. */
  relation(relation: Relation): void;
  message(message: LogicalMessage): void;
}
