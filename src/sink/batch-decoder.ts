import { gunzipSync } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { BATCH_HEADER } from './record-batch.ts';

export interface DecodedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[];
}

export interface DecodedBatch {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly timestampMs: number;
  readonly attributes: number;
  readonly records: readonly DecodedRecord[];
}

/**
 * Reads a record batch back, the way a consumer would: checks length, magic, CRC and offset deltas. For the in-memory
 * cluster and tests; nothing on the publishing path uses it. Throws RangeError or Error on bytes that are no batch.
 */
export function decodeBatch(batch: Buffer): DecodedBatch {
  if (batch.readInt32BE(8) !== batch.length - 12) throw new Error('batch length differs');
  if (batch[16] !== 2) throw new Error('magic is not 2');
  if (batch.readInt32BE(17) !== crc32c(batch, 21)) throw new Error('CRC differs');
  const attributes = batch.readInt16BE(21);
  const count = batch.readInt32BE(57);
  if (batch.readInt32BE(23) !== count - 1) throw new Error('lastOffsetDelta differs from the count');
  const packed = batch.subarray(BATCH_HEADER);
  const reader = new RecordReader((attributes & 7) === 1 ? gunzipSync(packed) : packed);
  const records = Array.from({ length: count }, (_, index) => reader.record(index));
  reader.expectEnd();
  return {
    producerId: batch.readBigInt64BE(43).toString(),
    producerEpoch: batch.readInt16BE(51),
    baseSequence: batch.readInt32BE(53),
    timestampMs: Number(batch.readBigInt64BE(27)),
    attributes,
    records,
  };
}

class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  record(index: number): DecodedRecord {
    const length = this.#varint();
    const end = this.#at + length;
    if (this.#bytes.readInt8(this.#at++) !== 0) throw new Error('record attributes are not 0');
    if (this.#varint() !== 0) throw new Error('timestampDelta is not 0');
    if (this.#varint() !== index) throw new Error('offsetDelta is not the place in the batch');
    const key = this.#bytesOrNull();
    const value = this.#bytesOrNull();
    const headers = Array.from({ length: this.#varint() }, () => ({
      key: String(this.#bytesOrNull()),
      value: this.#bytesOrNull(),
    }));
    if (this.#at !== end) throw new Error('record length differs');
    return { key, value, headers };
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length) throw new Error('bytes behind the last record');
  }

  #bytesOrNull(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    if (this.#at + length > this.#bytes.length) throw new RangeError('a field is cut off');
    // A copy: the batch's memory is used again.
    const copy = Buffer.from(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return copy;
  }

  #varint(): number {
    let raw = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++);
      raw += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }
}
