import { type Lsn, readLsn } from '../../domain/lsn.ts';
import { decodeError } from './decode-error.ts';

const NOTHING = Buffer.alloc(0);

/** A bounds-checked cursor over one frame, reused for all frames. Every read past the frame's end is DECODE_FAILED. */
export class FrameReader {
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;
  at = 0;
  lsnHigh = 0;
  lsnLow = 0;

  open(bytes: Buffer, start: number, end: number, lsnHigh: number, lsnLow: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.at = start;
    this.lsnHigh = lsnHigh;
    this.lsnLow = lsnLow;
  }

  uint8(): number {
    return this.bytes[this.#take(1)]!;
  }

  uint16(): number {
    const at = this.#take(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  int32(): number {
    const { bytes } = this;
    const at = this.#take(4);
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  lsn(): Lsn {
    return readLsn(this.bytes, this.#take(8));
  }

  /** Signed 64 bit as a double: exact below 2^53, which microseconds since 2000 reach in the year 2285. */
  int64AsNumber(): number {
    const high = this.int32();
    return high * 0x1_0000_0000 + this.uint32();
  }

  /** A zero-terminated UTF-8 string. */
  text(): string {
    const from = this.at;
    const length = this.bytes.subarray(from, this.end).indexOf(0);
    if (length === -1) this.fail('a string has no end');
    this.at = from + length + 1;
    return this.bytes.toString('utf8', from, from + length);
  }

  /** A view, valid as long as the frame. */
  view(length: number): Buffer {
    if (length < 0) this.fail(`negative length ${length}`);
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  finish(): void {
    if (this.at !== this.end) this.fail(`${this.end - this.at} bytes too many`);
  }

  fail(reason: string): never {
    throw decodeError(reason, this);
  }

  #take(count: number): number {
    const { at } = this;
    if (at + count > this.end) this.fail('the frame is too short');
    this.at = at + count;
    return at;
  }
}
