/** Castagnoli polynomial, bit-reversed (RFC 3720 appendix B.4). Node has no CRC32C: `zlib.crc32` is another polynomial. */
const POLYNOMIAL = 0x82f63b78;

/** Table k, entry b: CRC of byte b followed by k zero bytes. */
const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLES[0]![byte] = crc;
}
for (let k = 1; k < 8; k++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = TABLES[k - 1]![byte]!;
    TABLES[k]![byte] = (before >>> 8) ^ TABLES[0]![before & 255]!;
  }
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Words can be read through an Int32Array only where the machine stores them as slicing expects (x86, ARM). */
const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** CRC32C of `bytes[start … end)` as signed 32-bit integer; slicing-by-8 on whole words. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1;
  let at = start;
  if (IS_LITTLE_ENDIAN && end - start >= 16) {
    const head = start + (-(bytes.byteOffset + start) & 3);
    for (; at < head; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]!) & 255]!;
    const words = (end - at) >> 3;
    crc = crcOfWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + at, words * 2));
    at += words * 8;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]!) & 255]!;
  return ~crc;
}

function crcOfWords(start: number, words: Int32Array): number {
  let crc = start;
  for (let i = 0; i < words.length; i += 2) {
    const low = crc ^ words[i]!;
    const high = words[i + 1]!;
    crc =
      T7[low & 255]! ^
      T6[(low >>> 8) & 255]! ^
      T5[(low >>> 16) & 255]! ^
      T4[low >>> 24]! ^
      T3[high & 255]! ^
      T2[(high >>> 8) & 255]! ^
      T1[(high >>> 16) & 255]! ^
      T0[high >>> 24]!;
  }
  return crc;
}
