import { ByteWriter } from '../../domain/byte-writer.ts';
import { DASH, DIGIT_0, DOT, digitOf, isText, PLUS } from './ascii.ts';
import { conversionError } from './conversion-error.ts';
import { appendInteger } from './integer.ts';
import { tinyJavaText } from './tiny-float.ts';

const EXPECTED = 'a floating-point number';
const LETTER_E = 0x45;
const MAX_EXPONENT = 400;
/** Java prints numbers from 10^-3 up to below 10^7 plainly, all others with an exponent. */
const PLAIN_FROM = -3;
const PLAIN_TO = 7;

/** The digits of the number read last, without leading and trailing zeros. */
const digits = new ByteWriter(32);

/** Whether the cell is a number and not `NaN`, `Infinity` or `-Infinity`. */
export function isFiniteNumber(bytes: Buffer, start: number, end: number): boolean {
  return (
    !isText(bytes, start, end, 'NaN') &&
    !isText(bytes, start, end, 'Infinity') &&
    !isText(bytes, start, end, '-Infinity')
  );
}

/** Reads a number for binary formats. Throws CONVERSION_FAILED. */
export function readFloat(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end);
  const value = Number(text);
  if (text === '' || (Number.isNaN(value) && text !== 'NaN')) throw conversionError(EXPECTED);
  return value;
}

/**
 * Appends the database's shortest text (`1e+10`, `.1`, `NaN`) as Java's Double.toString and Float.toString print it:
 * `1.0E10`, `0.1`, `9.999E-4`, `-0.0`. The digits stay, the form changes. Throws CONVERSION_FAILED.
 */
export function writeJavaFloat(bytes: Buffer, start: number, end: number, bits: 32 | 64, out: ByteWriter): void {
  if (!isFiniteNumber(bytes, start, end)) {
    out.append(bytes, start, end);
    return;
  }
  const isNegative = bytes[start] === DASH;
  const first = isNegative || bytes[start] === PLUS ? start + 1 : start;
  const exponent = collectDigits(bytes, first, end);
  if (isNegative) appendByte(DASH, out);
  const tiny = digits.position === 1 ? tinyJavaText(digits.bytes[0]! - DIGIT_0, exponent, bits) : undefined;
  if (tiny !== undefined) out.appendText(tiny);
  else if (digits.position === 0) out.appendText('0.0');
  else if (exponent >= PLAIN_FROM && exponent < PLAIN_TO) writePlain(exponent, out);
  else writeScientific(exponent, out);
}

/** Appends a number of JavaScript as Java's Double.toString prints it. */
export function appendJavaDouble(value: number, out: ByteWriter): void {
  const text = Buffer.from(Object.is(value, -0) ? '-0' : String(value), 'latin1');
  writeJavaFloat(text, 0, text.length, 64, out);
}

/** Collects the significant digits; returns the power of ten of the first one. */
function collectDigits(bytes: Buffer, start: number, end: number): number {
  const target = digits.reserve(end - start);
  let count = 0;
  let seen = 0;
  let point = -1;
  let firstAt = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = digitOf(bytes[at]!);
    if (digit < 0 && (bytes[at] !== DOT || point >= 0)) break;
    if (digit < 0) {
      point = seen;
      continue;
    }
    if (count === 0 && digit > 0) firstAt = seen;
    if (count > 0 || digit > 0) target[count++] = DIGIT_0 + digit;
    seen++;
  }
  if (seen === 0) throw conversionError(EXPECTED);
  while (count > 0 && target[count - 1] === DIGIT_0) count--;
  digits.position = count;
  const exponent = at < end ? exponentOf(bytes, at, end) : 0;
  return (point < 0 ? seen : point) - firstAt - 1 + exponent;
}

function exponentOf(bytes: Buffer, start: number, end: number): number {
  const match = /^[eE]([+-]?\d{1,3})$/.exec(bytes.toString('latin1', start, end));
  const exponent = match === null ? MAX_EXPONENT + 1 : Number.parseInt(match[1]!, 10);
  if (Math.abs(exponent) > MAX_EXPONENT) throw conversionError(EXPECTED);
  return exponent;
}

function writePlain(exponent: number, out: ByteWriter): void {
  const { bytes, position: count } = digits;
  const whole = exponent + 1;
  const zeros = Math.max(whole - count, -whole, 0);
  const target = out.reserve(count + zeros + 3);
  const start = out.position;
  if (whole <= 0) {
    target.fill(DIGIT_0, start, start + 2 + zeros);
    target[start + 1] = DOT;
    out.position = start + 2 + zeros;
    out.append(bytes, 0, count);
    return;
  }
  out.append(bytes, 0, Math.min(whole, count));
  target.fill(DIGIT_0, out.position, out.position + zeros);
  out.position += zeros;
  appendByte(DOT, out);
  if (count > whole) out.append(bytes, whole, count);
  else appendByte(DIGIT_0, out);
}

function writeScientific(exponent: number, out: ByteWriter): void {
  const { bytes, position: count } = digits;
  out.append(bytes, 0, 1);
  appendByte(DOT, out);
  if (count > 1) out.append(bytes, 1, count);
  else appendByte(DIGIT_0, out);
  appendByte(LETTER_E, out);
  appendInteger(exponent, out);
}

function appendByte(byte: number, out: ByteWriter): void {
  out.reserve(1)[out.position++] = byte;
}
