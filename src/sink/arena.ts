import { ByteWriter } from '../domain/byte-writer.ts';
import { varintSize, writeVarint } from './varint.ts';

const FIRST_RECORDS = 4096;
const FIRST_BATCHES = 64;
/** attributes and timestampDelta, both always 0: the batch's base timestamp is the time of closing. */
const ZERO_BYTES = 2;

/**
 * The open arena of a session: records of all lanes in arrival order, in their final form but for their place.
 *
 * ```
 * length varint | attributes 0 | timestampDelta 0 | offsetDelta varint | keyLength varint | key
 *   | valueLength varint | value | headerCount varint | headers            (Kafka record format v2)
 * ```
 * Both lengths are known only afterwards. Room for them is guessed from the record before, so that equal records stay
 * without gaps and are later copied in one run; a wrong guess costs one move of the bytes behind (or leaves a gap).
 *
 * Records belong to batches: one per lane, and another one when a lane's limit would be passed, so a record greater
 * than the limit stands alone.
 */
export class Arena {
  readonly writer: ByteWriter;
  /** Per record: its batch and its place in `writer.bytes`. */
  recordBatch = new Int32Array(FIRST_RECORDS);
  recordStart = new Int32Array(FIRST_RECORDS);
  recordEnd = new Int32Array(FIRST_RECORDS);
  recordCount = 0;
  /** Per batch: lane, bytes and number of its records. */
  batchLane = new Int32Array(FIRST_BATCHES);
  batchBytes = new Int32Array(FIRST_BATCHES);
  batchRecords = new Int32Array(FIRST_BATCHES);
  batchCount = 0;
  readonly #capacity: number;
  readonly #fullBytes: number;
  #laneLimits = new Int32Array(0);
  /** Open batch of a lane, -1 for none. */
  #laneBatch = new Int32Array(0);
  #end = 0;
  #isFull = false;
  #lane = 0;
  /** Where attributes, the key length and the value begin, and where the value ends. */
  #bodyAt = 0;
  #keyAt = 0;
  #valueAt = 0;
  #valueEnd = 0;
  #lengthRoom = 2;
  #valueRoom = 2;

  constructor(fullBytes: number) {
    this.#fullBytes = fullBytes;
    this.#capacity = fullBytes + (fullBytes >> 3) + 1024;
    this.writer = new ByteWriter(this.#capacity);
  }

  /** Adds lanes whose batches hold at most `limit` record bytes. */
  addLanes(count: number, limit: number): void {
    const before = this.#laneLimits.length;
    this.#laneLimits = resized(this.#laneLimits, before + count).fill(limit, before);
    this.#laneBatch = resized(this.#laneBatch, before + count).fill(-1, before);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#end;
  }

  /** The arena, or the batch last written to, has no room for one more record like the last. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Begins a record; one that was begun but not ended is forgotten. `keyLength` -1 is a null key. */
  beginRecord(lane: number, key: Uint8Array, keyLength: number): ByteWriter {
    const { writer } = this;
    writer.position = this.#end;
    const bytes = writer.reserve(32 + Math.max(0, keyLength));
    const batch = this.#laneBatch[lane]!;
    let at = this.#end + this.#lengthRoom;
    this.#lane = lane;
    this.#bodyAt = at;
    bytes[at++] = 0;
    bytes[at++] = 0;
    at = writeVarint(bytes, at, batch < 0 ? 0 : this.batchRecords[batch]!);
    this.#keyAt = at;
    writer.position = writeVarint(bytes, at, keyLength);
    if (keyLength > 0) writer.append(key, 0, keyLength);
    writer.position += this.#valueRoom;
    this.#valueAt = writer.position;
    return writer;
  }

  /** Ends the value and leaves one byte for the header count. */
  endValue(isNull: boolean): void {
    const { writer } = this;
    const length = isNull ? -1 : writer.position - this.#valueAt;
    const room = varintSize(length);
    const lengthAt = this.#valueAt - this.#valueRoom;
    if (room !== this.#valueRoom) {
      writer.reserve(room).copyWithin(lengthAt + room, this.#valueAt, this.#valueAt + Math.max(0, length));
      this.#valueRoom = room;
    }
    writeVarint(writer.bytes, lengthAt, length);
    this.#valueEnd = lengthAt + room + Math.max(0, length);
    writer.position = this.#valueEnd;
    writer.reserve(1);
    writer.position++;
  }

  /** Ends the record: fills in what was not known before and books it to a batch of its lane. */
  endRecord(headerCount: number): void {
    this.#writeHeaderCount(headerCount);
    let batch = this.#laneBatch[this.#lane]!;
    if (batch < 0) batch = this.#openBatch();
    else if (this.batchBytes[batch]! + this.#recordSize() > this.#laneLimits[this.#lane]!) batch = this.#splitBatch();
    const start = this.#writeLength();
    const end = this.writer.position;
    const index = this.recordCount++;
    if (index === this.recordStart.length) this.#growRecords();
    this.recordBatch[index] = batch;
    this.recordStart[index] = start;
    this.recordEnd[index] = end;
    this.#end = end;
    const size = end - start;
    const bytes = this.batchBytes[batch]! + size;
    this.batchBytes[batch] = bytes;
    this.batchRecords[batch]!++;
    if (end >= this.#fullBytes || bytes + size > this.#laneLimits[this.#lane]!) this.#isFull = true;
  }

  /** Empties the arena. Costs by touched lanes; memory taken for a huge record or very many small ones is given back. */
  reset(): void {
    for (let batch = 0; batch < this.batchCount; batch++) this.#laneBatch[this.batchLane[batch]!] = -1;
    this.recordCount = 0;
    this.batchCount = 0;
    this.#end = 0;
    this.#isFull = false;
    this.writer.position = 0;
    if (this.writer.bytes.length > this.#capacity * 2) this.writer.bytes = Buffer.allocUnsafeSlow(this.#capacity);
  }

  #writeHeaderCount(headerCount: number): void {
    const { writer } = this;
    const room = varintSize(headerCount);
    if (room > 1) {
      writer.reserve(room).copyWithin(this.#valueEnd + room, this.#valueEnd + 1, writer.position);
      writer.position += room - 1;
    }
    writeVarint(writer.bytes, this.#valueEnd, headerCount);
  }

  #recordSize(): number {
    const body = this.writer.position - this.#bodyAt;
    return body + varintSize(body);
  }

  /** Writes the record's length before its body; returns where the record starts. */
  #writeLength(): number {
    const { writer } = this;
    const length = writer.position - this.#bodyAt;
    const room = varintSize(length);
    const missing = room - (this.#bodyAt - this.#end);
    if (missing > 0) {
      writer.reserve(missing).copyWithin(this.#bodyAt + missing, this.#bodyAt, writer.position);
      this.#bodyAt += missing;
      writer.position += missing;
    }
    this.#lengthRoom = room;
    const start = this.#bodyAt - room;
    writeVarint(writer.bytes, start, length);
    return start;
  }

  /** Begins a second batch for the lane of the current record, which becomes its first: offsetDelta 0. */
  #splitBatch(): number {
    const { bytes } = this.writer;
    this.#bodyAt = this.#keyAt - ZERO_BYTES - 1;
    bytes.fill(0, this.#bodyAt, this.#keyAt);
    this.#isFull = true;
    return this.#openBatch();
  }

  #openBatch(): number {
    const batch = this.batchCount++;
    if (batch === this.batchLane.length) this.#growBatches();
    this.batchLane[batch] = this.#lane;
    this.batchBytes[batch] = 0;
    this.batchRecords[batch] = 0;
    this.#laneBatch[this.#lane] = batch;
    return batch;
  }

  #growRecords(): void {
    const length = this.recordStart.length * 2;
    this.recordBatch = resized(this.recordBatch, length);
    this.recordStart = resized(this.recordStart, length);
    this.recordEnd = resized(this.recordEnd, length);
  }

  #growBatches(): void {
    const length = this.batchLane.length * 2;
    this.batchLane = resized(this.batchLane, length);
    this.batchBytes = resized(this.batchBytes, length);
    this.batchRecords = resized(this.batchRecords, length);
  }
}

function resized(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(array);
  return copy;
}
