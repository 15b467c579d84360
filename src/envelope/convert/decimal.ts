import type { ByteWriter } from '../../domain/byte-writer.ts';
import { DASH, DIGIT_0, DOT } from './ascii.ts';
import { conversionError } from './conversion-error.ts';
import { type DecimalText, findDigits, newDecimalText, specialNumber } from './decimal-text.ts';
import { narrowed } from './integer.ts';

/** Every integer of this many digits is a safe number. */
const SAFE_DIGITS = 15;

const number = newDecimalText();

/**
 * The value times 10^scale, for `appendUnscaled`; a bigint where a number might not hold it. Null: NaN or infinite. Throws
 * CONVERSION_FAILED, also where digits behind the scale would be lost.
 */
export function readUnscaled(bytes: Buffer, start: number, end: number, scale: number): number | bigint | null {
  if (specialNumber(bytes, start, end) !== null) return null;
  findDigits(bytes, start, end, number);
  const kept = Math.min(number.end, number.fraction + scale);
  if (significantEnd(number, kept) > kept) throw conversionError(`a number with ${scale} digits behind the point`);
  const missing = scale - (kept - number.fraction);
  if (number.point - number.start + scale > SAFE_DIGITS) return largeUnscaled(number, kept, missing);
  let value = 0;
  for (let i = number.start; i < number.point; i++) value = value * 10 + (number.bytes[i]! - DIGIT_0);
  for (let i = number.fraction; i < kept; i++) value = value * 10 + (number.bytes[i]! - DIGIT_0);
  for (let i = 0; i < missing; i++) value *= 10;
  return number.isNegative ? 0 - value : value;
}

/** The number's own scale without trailing zeros, at least 0; null: NaN or infinite. Throws CONVERSION_FAILED. */
export function readOwnScale(bytes: Buffer, start: number, end: number): number | null {
  if (specialNumber(bytes, start, end) !== null) return null;
  findDigits(bytes, start, end, number);
  return significantEnd(number, number.fraction) - number.fraction;
}

/**
 * Appends plain digits: `0.01` for `.01`, never an exponent. With a scale, zeros are added up to it; digits beyond it stay.
 * False: NaN or infinite (`specialNumber` tells which), nothing was appended. Throws CONVERSION_FAILED.
 */
export function writeDecimalText(
  bytes: Buffer,
  start: number,
  end: number,
  scale: number | null,
  out: ByteWriter,
): boolean {
  if (specialNumber(bytes, start, end) !== null) return false;
  findDigits(bytes, start, end, number);
  const { bytes: digits, start: first, point, fraction, end: last } = number;
  if (number.isNegative && (first < point || significantEnd(number, fraction) > fraction)) appendByte(DASH, out);
  if (first < point) out.append(digits, first, point);
  else appendByte(DIGIT_0, out);
  const missing = Math.max((scale ?? 0) - (last - fraction), 0);
  if (last > fraction || missing > 0) appendByte(DOT, out);
  out.append(digits, fraction, last);
  out.reserve(missing).fill(DIGIT_0, out.position, out.position + missing);
  out.position += missing;
  return true;
}

/** Behind the last digit that is not zero, at least `from`. */
function significantEnd({ bytes, end }: DecimalText, from: number): number {
  let last = end;
  while (last > from && bytes[last - 1] === DIGIT_0) last--;
  return last;
}

/** Leading zeros of the fraction make no difference here: the parser reads any length in less than quadratic time. */
function largeUnscaled(from: DecimalText, kept: number, missing: number): number | bigint {
  const { bytes, start, point, fraction, isNegative } = from;
  const digits =
    bytes.toString('latin1', start, point) + bytes.toString('latin1', fraction, kept) + '0'.repeat(missing);
  const value = BigInt(digits);
  return narrowed(isNegative ? -value : value);
}

function appendByte(byte: number, out: ByteWriter): void {
  out.reserve(1)[out.position++] = byte;
}
