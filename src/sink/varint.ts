/** Bytes a zigzag varint of `length` takes (Kafka record format v2); `length` is -1 (null) or not negative. */
export function varintSize(length: number): number {
  if (length < 64) return 1;
  if (length < 8192) return 2;
  if (length < 1048576) return 3;
  return length < 134217728 ? 4 : 5;
}

/** Writes `length` (-1 or not negative) as zigzag varint at `at`; returns the position behind it. Room is the caller's. */
export function writeVarint(bytes: Uint8Array, at: number, length: number): number {
  if (length < 0) {
    bytes[at] = 1;
    return at + 1;
  }
  // Lengths below 2^31 doubled fit 32 unsigned bits.
  let rest = (length << 1) >>> 0;
  let position = at;
  for (; rest > 127; rest >>>= 7) bytes[position++] = (rest & 127) | 128;
  bytes[position++] = rest;
  return position;
}
