const SHORT_COPY = 24;

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
    while (value >= 10) {
      const rest = Math.floor(value / 10);
      bytes[--end] = 48 + (value - rest * 10);
      value = rest;
    }
    bytes[--end] = 48 + value;
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

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}
