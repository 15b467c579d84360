import type { ByteWriter } from '../../domain/byte-writer.ts';
import type { TimeUnit } from '../form.ts';
import { conversionError } from './conversion-error.ts';
import { appendIsoClock } from './iso.ts';
import { clockAndZone, newMoment, toUtc } from './moment.ts';

const EXPECTED = 'a time of day (HH:MM:SS)';
const SECONDS_PER_DAY = 86_400;
const LETTER_Z = 0x5a;
/** Of the fraction of a second. */
const ALL_DIGITS = 6;

const moment = newMoment();

/**
 * Since midnight of the text's own zone; `24:00:00` is a whole day. Milliseconds are rounded down, and so is what lies
 * behind `digits` digits of a second: Debezium keeps three in arrays. Throws CONVERSION_FAILED.
 */
export function readTime(bytes: Buffer, start: number, end: number, unit: TimeUnit, digits = ALL_DIGITS): number {
  readClock(bytes, start, end, digits);
  if (unit === 'ms') return moment.second * 1000 + Math.floor(moment.micro / 1000);
  const micros = moment.second * 1_000_000 + moment.micro;
  return unit === 'us' ? micros : micros * 1000;
}

/** Appends `readTime` as digits. */
export function writeTime(
  bytes: Buffer,
  start: number,
  end: number,
  unit: TimeUnit,
  out: ByteWriter,
  digits = ALL_DIGITS,
): void {
  out.appendDigits(readTime(bytes, start, end, unit, digits));
}

/**
 * Appends `12:34:56.789Z`: in UTC if the text has a zone, `24:00:00` as `00:00:00Z`, the fraction cut to `digits` digits
 * and without trailing zeros (Debezium keeps three in arrays, none with a zone). Throws CONVERSION_FAILED.
 */
export function writeIsoTime(bytes: Buffer, start: number, end: number, out: ByteWriter, digits = ALL_DIGITS): void {
  readClock(bytes, start, end, digits);
  toUtc(moment);
  moment.second %= SECONDS_PER_DAY;
  appendIsoClock(moment, out);
  out.reserve(1)[out.position++] = LETTER_Z;
}

function readClock(bytes: Buffer, start: number, end: number, digits: number): void {
  if (!clockAndZone(bytes, start, end, moment)) throw conversionError(EXPECTED);
  if (digits < ALL_DIGITS) moment.micro -= moment.micro % 10 ** (ALL_DIGITS - digits);
}
