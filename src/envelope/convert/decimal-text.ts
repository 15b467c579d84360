import { ByteWriter } from '../../domain/byte-writer.ts';
import { DASH, DIGIT_0, DOT, digitOf, isText, PLUS } from './ascii.ts';
import { conversionError } from './conversion-error.ts';

const EXPECTED = 'a decimal number';
/** Beyond the largest numeric: 131072 digits before the point, 16383 behind it. */
const MAX_EXPONENT = 150_000;

/** What Debezium calls the numbers that are none. */
export type SpecialNumber = 'NAN' | 'POSITIVE_INFINITY' | 'NEGATIVE_INFINITY';

/**
 * Where the digits of a number are, filled in place: `bytes[start … point)` before the point without leading zeros,
 * `bytes[fraction … end)` behind it. `bytes` is the cell's buffer, or another one after an exponent was resolved.
 */
export interface DecimalText {
  bytes: Buffer;
  isNegative: boolean;
  start: number;
  point: number;
  fraction: number;
  end: number;
}

const scratch = new ByteWriter(64);

export function newDecimalText(): DecimalText {
  return { bytes: scratch.bytes, isNegative: false, start: 0, point: 0, fraction: 0, end: 0 };
}

/** `NaN`, `Infinity`, `-Infinity`; null for everything else. */
export function specialNumber(bytes: Buffer, start: number, end: number): SpecialNumber | null {
  // The letters N and I: a number begins with a digit, sign or point.
  const first = bytes[start] === DASH ? bytes[start + 1]! : bytes[start]!;
  if (first < 0x41) return null;
  if (isText(bytes, start, end, 'NaN')) return 'NAN';
  if (isText(bytes, start, end, 'Infinity')) return 'POSITIVE_INFINITY';
  return isText(bytes, start, end, '-Infinity') ? 'NEGATIVE_INFINITY' : null;
}

/**
 * Finds the parts of `[±]digits[.digits][e±digits]`; the digits before or behind the point may be missing (openGauss
 * prints `.01`). Throws CONVERSION_FAILED.
 */
export function findDigits(bytes: Buffer, start: number, end: number, into: DecimalText): void {
  const sign = start < end ? bytes[start]! : 0;
  let at = sign === DASH || sign === PLUS ? start + 1 : start;
  const first = at;
  at = digitsEnd(bytes, at, end);
  const point = at;
  if (at < end && bytes[at] === DOT) at = digitsEnd(bytes, at + 1, end);
  const fraction = Math.min(point + 1, at);
  if (point - first + (at - fraction) === 0) throw conversionError(EXPECTED);
  into.bytes = bytes;
  into.isNegative = sign === DASH;
  into.start = skipZeros(bytes, first, point);
  into.point = point;
  into.fraction = fraction;
  into.end = at;
  if (at < end) resolveExponent(into, exponentOf(bytes, at, end));
}

/** Writes the digits anew with the point moved; numbers with an exponent are rare. */
function resolveExponent(into: DecimalText, exponent: number): void {
  const digits =
    into.bytes.toString('latin1', into.start, into.point) + into.bytes.toString('latin1', into.fraction, into.end);
  const point = into.point - into.start + exponent;
  const padded = point < 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0');
  scratch.position = 0;
  scratch.appendText(padded);
  into.bytes = scratch.bytes;
  into.point = into.fraction = Math.max(point, 0);
  into.start = skipZeros(scratch.bytes, 0, into.point);
  into.end = padded.length;
}

function exponentOf(bytes: Buffer, start: number, end: number): number {
  const match = /^[eE]([+-]?\d{1,6})$/.exec(bytes.toString('latin1', start, end));
  const exponent = match === null ? Number.POSITIVE_INFINITY : Number.parseInt(match[1]!, 10);
  if (Math.abs(exponent) > MAX_EXPONENT) throw conversionError(EXPECTED);
  return exponent;
}

function digitsEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && digitOf(bytes[at]!) >= 0) at++;
  return at;
}

function skipZeros(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === DIGIT_0) at++;
  return at;
}
