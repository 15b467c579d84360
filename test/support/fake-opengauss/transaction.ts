import type { ReplicaIdentity } from '../../../src/domain/relation.ts';

export type Style = 'serial' | 'text' | 'json' | 'binary' | 'pgoutput';

/** What a stream asked for with START_REPLICATION. */
export interface StreamFormat {
  readonly style: Style;
  /** sending-batch 1. */
  readonly isBatched: boolean;
  readonly includeXids: boolean;
  readonly includeTimestamp: boolean;
  readonly skipEmpty: boolean;
  /** white-table-list. */
  accepts(schema: string, table: string): boolean;
}

/** A record of a stream before it is packed into XLogData. */
export interface Piece {
  /** Goes into the XLogData header. */
  readonly headerLsn: bigint;
  /** Goes in front of the record, where the format has it there. */
  readonly recordLsn: bigint;
  /** Style binary: from the type letter on. */
  readonly payload: Buffer;
}

/** A committed transaction as a stream delivers it. */
export interface WalTransaction {
  readonly xid: bigint;
  readonly csn: bigint;
  /** Begin of its commit record: the transaction is skipped iff that lies below the position to start from. */
  readonly commitStart: bigint;
  /** End of its commit record: the position to confirm. */
  readonly commitEnd: bigint;
  /** Empty: the stream gets nothing of it. */
  pieces(format: StreamFormat): readonly Piece[];
}

export interface WalCell {
  readonly name: string;
  readonly type: string;
  readonly typeOid: number;
  readonly value: string | null;
}

export interface WalColumn {
  readonly name: string;
  readonly type: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly isIdentity: boolean;
}

export interface RowChange {
  readonly op: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly lsn: bigint;
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly identity: ReplicaIdentity;
  /** Of the table as it was then. */
  readonly columns: readonly WalColumn[];
  /** The new row; empty for DELETE. */
  readonly row: readonly WalCell[];
  /** Columns of the replica identity; empty: none. */
  readonly old: readonly WalCell[];
}

/** TRUNCATE shows in serial mode only, and whatever the white list says; DDL never, but parallel decoding stops there. */
export type WalChange =
  | RowChange
  | { readonly op: 'TRUNCATE'; readonly lsn: bigint; readonly tables: readonly (readonly [string, string])[] }
  | { readonly op: 'DDL'; readonly lsn: bigint };

/** A transaction of tables and rows, to be encoded as a stream wants it. */
export interface LoggedTransaction {
  readonly xid: bigint;
  readonly csn: bigint;
  /** Microseconds since 1970. */
  readonly commitTimeUs: bigint;
  readonly firstLsn: bigint;
  readonly commitStart: bigint;
  readonly commitEnd: bigint;
  /** Of the transaction before; null: there is none. */
  readonly previousCommitStart: bigint | null;
  readonly changes: readonly WalChange[];
}
