import type { ByteWriter } from '../../domain/byte-writer.ts';
import { BACKSLASH } from './ascii.ts';
import { base64Alphabet, base64Length, writeRest, writeTriple } from './base64.ts';
import { conversionError } from './conversion-error.ts';

const EXPECTED = 'bytes in hex (bytea_output hex)';
const LETTER_X = 0x78;
const INVALID = 0x100;
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');

/** The value of a hex digit; INVALID, a bit above all bytes, marks what is none, so that one check covers a whole cell. */
const VALUE = valueTable();

/** How many bytes the cell holds. Throws CONVERSION_FAILED where digits do not pair. */
export function byteCount(bytes: Buffer, start: number, end: number): number {
  const count = (end - firstDigit(bytes, start, end)) / 2;
  if (!Number.isInteger(count)) throw conversionError(EXPECTED);
  return count;
}

/**
 * Appends the bytes of a cell: `\x` and hex, or openGauss' raw and blob, hex in capitals without a prefix. Throws
 * CONVERSION_FAILED.
 */
export function writeBytes(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  const count = byteCount(bytes, start, end);
  const target = out.reserve(count);
  let at = out.position;
  let all = 0;
  for (let i = end - count * 2; i < end; i += 2) {
    const byte = pair(bytes, i);
    all |= byte;
    target[at++] = byte;
  }
  refuse(all);
  out.position = at;
}

/** Appends the bytes of a cell in base64, with padding. Throws CONVERSION_FAILED. */
export function writeBytesBase64(bytes: Buffer, start: number, end: number, isUrlSafe: boolean, out: ByteWriter): void {
  const count = byteCount(bytes, start, end);
  const alphabet = base64Alphabet(isUrlSafe);
  const target = out.reserve(base64Length(count));
  let at = out.position;
  let all = 0;
  let i = end - count * 2;
  for (; i + 6 <= end; i += 6) {
    const first = pair(bytes, i);
    const second = pair(bytes, i + 2);
    const third = pair(bytes, i + 4);
    all |= first | second | third;
    at = writeTriple((first << 16) | (second << 8) | third, alphabet, target, at);
  }
  if (i < end) {
    const first = pair(bytes, i);
    const isSingle = i + 2 === end;
    const second = isSingle ? 0 : pair(bytes, i + 2);
    all |= first | second;
    at = writeRest(first, isSingle ? -1 : second, alphabet, target, at);
  }
  refuse(all);
  out.position = at;
}

/** Appends the bytes of a cell in lower-case hex. Throws CONVERSION_FAILED. */
export function writeBytesHex(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  const count = byteCount(bytes, start, end);
  const target = out.reserve(count * 2);
  let at = out.position;
  let all = 0;
  for (let i = end - count * 2; i < end; i++) {
    const value = VALUE[bytes[i]!]!;
    all |= value;
    target[at++] = DIGITS[value & 15]!;
  }
  refuse(all);
  out.position = at;
}

/**
 * Where the digits begin. Without `\x` a lower-case letter is refused: then it is not raw or blob but bytea under
 * bytea_output escape, whose text can look like hex.
 */
function firstDigit(bytes: Buffer, start: number, end: number): number {
  if (end - start >= 2 && bytes[start] === BACKSLASH && bytes[start + 1] === LETTER_X) return start + 2;
  for (let i = start; i < end; i++) if (bytes[i]! >= 0x61) throw conversionError(EXPECTED);
  return start;
}

function pair(bytes: Buffer, at: number): number {
  return (VALUE[bytes[at]!]! << 4) | VALUE[bytes[at + 1]!]!;
}

function refuse(all: number): void {
  if (all >= INVALID) throw conversionError(EXPECTED);
}

function valueTable(): Uint16Array {
  const table = new Uint16Array(256).fill(INVALID);
  for (let value = 0; value < 16; value++) {
    const digit = value.toString(16);
    table[digit.charCodeAt(0)] = value;
    table[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return table;
}
