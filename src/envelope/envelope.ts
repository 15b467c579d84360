import type { ByteWriter } from '../domain/byte-writer.ts';
import type { Change, RowOp, Transaction } from '../domain/change.ts';
import type { TableDescription } from '../domain/relation.ts';

/** Facts an encoder is compiled with: one compilation per relation version. */
export interface TableContext {
  readonly database: string;
  readonly taskName: string;
  readonly dialect: 'postgres' | 'opengauss' | 'gaussdb';
  readonly description: TableDescription;
}

/** Which of the change's rows gives a record its key (and so its partition). */
export type KeyRow = 'after' | 'before';

/** One record a change becomes. Parts are constants: a shape returns the same arrays again and again. */
export interface RecordPart {
  readonly keyRow: KeyRow;
  /** Header `gausscast-op` of this record. */
  readonly op: RowOp;
  /** False: a tombstone (null value). */
  readonly hasValue: boolean;
  /** Place of the record among all that were compiled: how the codec finds its writer again. */
  readonly index: number;
}

/** The writer of one relation version. All methods are synchronous and allocate nothing per row. */
export interface CompiledEnvelope {
  /** The records this change becomes, in order. */
  parts(change: Change): readonly RecordPart[];
  /** Appends the record's value. `nowMs`: time of sending. */
  writeValue(part: RecordPart, change: Change, transaction: Transaction, nowMs: number, out: ByteWriter): void;
  /**
   * Appends the record's own key; returns false for a null key. Null instead of a function where the record key is the
   * contract's default key, which the pipeline has written already for the partition.
   */
  readonly writeKey: ((part: RecordPart, change: Change, out: ByteWriter) => boolean) | null;
  /**
   * Appends headers besides those of the contract, each as Kafka's record format has it (varint key length, key, varint value
   * length, value); returns how many. Null: the format has none.
   */
  readonly writeHeaders:
    | ((part: RecordPart, change: Change, transaction: Transaction, nowMs: number, out: ByteWriter) => number)
    | null;
}

/** A format: shape × codec. */
export interface Envelope {
  compile(context: TableContext): CompiledEnvelope;
}
