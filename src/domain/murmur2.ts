const M = 0x5bd1e995;
const SEED = 0x9747b28c | 0;

/**
 * murmur2 of bytes[start … end) as a signed 32-bit number, as Kafka's Java client computes it for partitions.
 * Source: org.apache.kafka.common.utils.Utils.murmur2. Allocates nothing.
 */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const tail = start + (length & ~3);
  let h = SEED ^ length;
  let at = start;
  for (; at < tail; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    k = Math.imul(k, M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length & 3;
  if (rest > 0) {
    if (rest === 3) h ^= bytes[at + 2]! << 16;
    if (rest >= 2) h ^= bytes[at + 1]! << 8;
    h = Math.imul(h ^ bytes[at]!, M);
  }
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/** Kafka's way to make a hash non-negative (Utils.toPositive): clears the sign, which is not the absolute value. */
export function toPositive(hash: number): number {
  return hash & 0x7fffffff;
}
