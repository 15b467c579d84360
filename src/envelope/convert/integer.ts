import type { ByteWriter } from '../../domain/byte-writer.ts';
import { MAX_DIGITS, writeDigits } from '../../domain/json-bytes.ts';
import { DASH, DIGIT_0, digitOf } from './ascii.ts';
import { conversionError } from './conversion-error.ts';

const EXPECTED = 'an integer';
/** Every integer of this many digits is a safe number. */
const SAFE_DIGITS = 15;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;

/** Reads an integer of any size; a bigint where a number might not hold it exactly. Throws CONVERSION_FAILED. */
export function readInteger(bytes: Buffer, start: number, end: number): number | bigint {
  const first = checkedDigits(bytes, start, end);
  if (end - first > SAFE_DIGITS) return narrowed(BigInt(bytes.toString('latin1', start, end)));
  let value = 0;
  for (let i = first; i < end; i++) value = value * 10 + (bytes[i]! - DIGIT_0);
  return first > start && value !== 0 ? -value : value;
}

/** Appends the digits of an integer as they are, but without leading zeros (JSON has none). Throws CONVERSION_FAILED. */
export function writeInteger(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  let first = checkedDigits(bytes, start, end);
  if (bytes[first] !== DIGIT_0 || end - start === 1) {
    out.append(bytes, start, end);
    return;
  }
  while (first + 1 < end && bytes[first] === DIGIT_0) first++;
  if (bytes[start] === DASH && bytes[first] !== DIGIT_0) out.append(bytes, start, start + 1);
  out.append(bytes, first, end);
}

/** Appends a value as digits with its sign. */
export function appendInteger(value: number | bigint, out: ByteWriter): void {
  if (typeof value === 'bigint') {
    out.appendText(value.toString());
    return;
  }
  const target = out.reserve(MAX_DIGITS + 1);
  if (value < 0) target[out.position++] = DASH;
  out.position = writeDigits(Math.abs(value), target, out.position);
}

/** The same value as a number where that is exact. */
export function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The nearest value that fits int64. */
export function clampedInt64(value: bigint): bigint {
  if (value > MAX_INT64) return MAX_INT64;
  return value < MIN_INT64 ? MIN_INT64 : value;
}

/** Where the digits begin, behind a minus sign. */
function checkedDigits(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] === DASH && start < end ? start + 1 : start;
  if (first >= end) throw conversionError(EXPECTED);
  for (let i = first; i < end; i++) if (digitOf(bytes[i]!) < 0) throw conversionError(EXPECTED);
  return first;
}
