import { crc32c } from './crc32c.ts';

/** Bytes of a record batch before its records. */
export const BATCH_HEADER = 61;
/** CRC32C covers everything from here to the end. */
const CRC_FROM = 21;
const MAGIC = 2;
const MAX_SEQUENCE = 0x7fffffff;

export interface BatchHeader {
  /** Compression bits (0 none, 1 gzip). */
  readonly attributes: number;
  readonly recordCount: number;
  /** Base and greatest timestamp: the time of closing, Unix ms. */
  readonly timestampMs: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/**
 * Fills in the header of the batch that lies in `bytes[start … end)`, whose records are in place already.
 * ```
 *  0 baseOffset int64 | 8 batchLength int32 | 12 partitionLeaderEpoch int32 | 16 magic int8 | 17 crc uint32
 * 21 attributes int16 | 23 lastOffsetDelta int32 | 27 baseTimestamp int64 | 35 maxTimestamp int64
 * 43 producerId int64 | 51 producerEpoch int16 | 53 baseSequence int32 | 57 recordCount int32 | 61 records
 * ```
 * Source: Kafka documentation, Record Batch; DefaultRecordBatch.java.
 */
export function writeBatchHeader(bytes: Buffer, start: number, end: number, header: BatchHeader): void {
  const timestamp = BigInt(header.timestampMs);
  bytes.writeBigInt64BE(0n, start);
  bytes.writeInt32BE(end - start - 12, start + 8);
  bytes.writeInt32BE(-1, start + 12);
  bytes[start + 16] = MAGIC;
  bytes.writeInt16BE(header.attributes, start + 21);
  bytes.writeInt32BE(header.recordCount - 1, start + 23);
  bytes.writeBigInt64BE(timestamp, start + 27);
  bytes.writeBigInt64BE(timestamp, start + 35);
  bytes.writeBigInt64BE(header.producerId, start + 43);
  bytes.writeInt16BE(header.producerEpoch, start + 51);
  bytes.writeInt32BE(header.baseSequence, start + 53);
  bytes.writeInt32BE(header.recordCount, start + 57);
  bytes.writeInt32BE(crc32c(bytes, start + CRC_FROM, end), start + 17);
}

/** The sequence after `count` more records; wraps from 2^31-1 to 0 (DefaultRecordBatch.incrementSequence). */
export function advanceSequence(sequence: number, count: number): number {
  const next = sequence + count;
  return next > MAX_SEQUENCE ? next - MAX_SEQUENCE - 1 : next;
}
