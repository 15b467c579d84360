import type { ByteWriter } from '../../domain/byte-writer.ts';
import type { TimeUnit } from '../form.ts';
import { epochDays } from './calendar.ts';
import { infinityOf } from './infinity.ts';
import { appendInteger } from './integer.ts';
import { appendClockWithDigits, appendIsoClock, appendIsoDate } from './iso.ts';
import { newMoment, readDateTime, toUtc } from './moment.ts';

const EXPECTED = 'a timestamp (YYYY-MM-DD HH:MM:SS)';
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;
const ZEROS = Buffer.from('000', 'latin1');

/** Infinite timestamps as Debezium has them: the driver's infinities (milliseconds) in the unit; nanoseconds overflow. */
const INFINITY: Readonly<Record<TimeUnit, bigint>> = {
  ms: 9_223_372_036_825_200n,
  us: 9_223_372_036_825_200_000n,
  ns: MAX_INT64,
};
const MINUS_INFINITY: Readonly<Record<TimeUnit, bigint>> = {
  ms: -9_223_372_036_832_400n,
  us: -9_223_372_036_832_400_000n,
  ns: MIN_INT64,
};
const INFINITY_TEXT = '+294247-01-10T04:00:25.2Z';
const MINUS_INFINITY_TEXT = '-290308-12-21T19:59:27.6Z';

const moment = newMoment();

/**
 * Since 1970-01-01 00:00, as UTC unless the text names a zone; a bigint where a number might not hold it. Milliseconds are
 * rounded down; nanoseconds beyond int64 are null, as with Debezium. Throws CONVERSION_FAILED.
 */
export function readTimestamp(bytes: Buffer, start: number, end: number, unit: TimeUnit): number | bigint | null {
  if (!readDateTime(bytes, start, end, moment)) {
    return infinityOf(bytes, start, end, EXPECTED) > 0 ? INFINITY[unit] : MINUS_INFINITY[unit];
  }
  const seconds = epochSeconds();
  if (unit === 'ms') return scaled(seconds, 1000, Math.floor(moment.micro / 1000));
  const micros = scaled(seconds, 1_000_000, moment.micro);
  return unit === 'us' ? micros : nanosOf(micros);
}

/** Appends `readTimestamp` as digits. False: it is null and nothing was appended. */
export function writeTimestamp(bytes: Buffer, start: number, end: number, unit: TimeUnit, out: ByteWriter): boolean {
  if (unit === 'ns') return writeNanos(bytes, start, end, out);
  appendInteger(readTimestamp(bytes, start, end, unit)!, out);
  return true;
}

/** Appends `2024-02-29T12:34:56.789Z`, the fraction without trailing zeros; infinities as Debezium's dates for them. */
export function writeIsoTimestamp(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  if (!readDateTime(bytes, start, end, moment)) {
    out.appendText(infinityOf(bytes, start, end, EXPECTED) > 0 ? INFINITY_TEXT : MINUS_INFINITY_TEXT);
    return;
  }
  toUtc(moment);
  appendIsoDate(moment, out);
  out.reserve(1)[out.position++] = LETTER_T;
  appendIsoClock(moment, out);
  out.reserve(1)[out.position++] = LETTER_Z;
}

/** Appends the timestamp in UTC with exactly `digits` (0 … 9) digits of a second, or `infinity`, `-infinity`. */
export function writeZonedTimestamp(bytes: Buffer, start: number, end: number, digits: number, out: ByteWriter): void {
  if (!readDateTime(bytes, start, end, moment)) {
    infinityOf(bytes, start, end, EXPECTED);
    out.append(bytes, start, end);
    return;
  }
  toUtc(moment);
  appendIsoDate(moment, out);
  out.reserve(1)[out.position++] = LETTER_T;
  appendClockWithDigits(moment, digits, out);
  out.reserve(1)[out.position++] = LETTER_Z;
}

/** Nanoseconds never fit a number: they are microseconds and three zeros. */
function writeNanos(bytes: Buffer, start: number, end: number, out: ByteWriter): boolean {
  const micros = readDateTime(bytes, start, end, moment) ? scaled(epochSeconds(), 1_000_000, moment.micro) : null;
  if (typeof micros === 'number' && micros !== 0) {
    appendInteger(micros, out);
    out.append(ZEROS);
    return true;
  }
  const nanos = readTimestamp(bytes, start, end, 'ns');
  if (nanos !== null) appendInteger(nanos, out);
  return nanos !== null;
}

function epochSeconds(): number {
  return epochDays(moment.year, moment.month, moment.day) * 86_400 + moment.second - moment.offset;
}

/** A number while it is exact: multiples of 1000 stay so a little beyond the safe integers. */
function scaled(seconds: number, perSecond: number, part: number): number | bigint {
  const value = seconds * perSecond + part;
  return Number.isSafeInteger(value) ? value : BigInt(seconds) * BigInt(perSecond) + BigInt(part);
}

function nanosOf(micros: number | bigint): number | bigint | null {
  const nanos = BigInt(micros) * 1000n;
  if (nanos > MAX_INT64 || nanos < MIN_INT64) return null;
  return micros === 0 ? 0 : nanos;
}
