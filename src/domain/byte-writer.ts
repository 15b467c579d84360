const SHORT_COPY = 24;
const MAX_INT32 = 0x7fffffff;

/**
 * A growing byte buffer with a write position. Hot loops may use `bytes` and `position` directly after `reserve`.
 * Growing copies what was written, so views into `bytes` do not survive a call that may grow.
 */
export class ByteWriter {
  bytes: Buffer;
  position = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `count` more bytes; returns the buffer to write into. */
  reserve(count: number): Buffer {
    const needed = this.position + count;
    if (needed > this.bytes.length) this.#grow(needed);
    return this.bytes;
  }

  /** Appends `source[start … end)`. A loop beats `set` for short runs (measured, below 24 bytes). */
  append(source: Uint8Array, start = 0, end = source.length): void {
    const count = end - start;
    const bytes = this.reserve(count);
    let at = this.position;
    if (count < SHORT_COPY) for (let i = start; i < end; i++) bytes[at++] = source[i]!;
    else bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), at);
    this.position += count;
  }

  /** Appends a non-negative safe integer as ASCII digits. */
  appendDigits(value: number): void {
    const bytes = this.reserve(16);
    let end = this.position + digitCount(value);
    this.position = end;
    // Divisions of 32-bit integers are cheap, those of doubles are not: eight digits at a time become one.
    while (value > MAX_INT32) {
      const high = Math.floor(value / 1e8);
      writeEightDigits(bytes, end, value - high * 1e8);
      end -= 8;
      value = high;
    }
    let rest = value | 0;
    while (rest >= 10) {
      const tens = (rest / 10) | 0;
      bytes[--end] = 48 + (rest - tens * 10);
      rest = tens;
    }
    bytes[--end] = 48 + rest;
  }

  /** Appends `text` as UTF-8; for constants at compile time and slow paths. */
  appendText(text: string): void {
    this.append(Buffer.from(text, 'utf8'));
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
  }
}

/** Writes the last eight decimal digits of `value` so that they end at `end`. */
function writeEightDigits(bytes: Buffer, end: number, value: number): void {
  let rest = value | 0;
  for (let at = end - 1; at >= end - 8; at--) {
    const tens = (rest / 10) | 0;
    bytes[at] = 48 + (rest - tens * 10);
    rest = tens;
  }
}

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}
