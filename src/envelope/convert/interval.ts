import type { ByteWriter } from '../../domain/byte-writer.ts';
import { conversionError } from './conversion-error.ts';
import { appendInteger, clampedInt64, narrowed } from './integer.ts';
import { type Interval, readIsoInterval, readWordyInterval } from './interval-text.ts';

/** 365.25 / 12 days: the average month Debezium counts with. */
const MONTH_US = 2_629_800_000_000n;
const DAY_US = 86_400_000_000n;
const HOUR_US = 3_600_000_000n;
const MINUTE_US = 60_000_000n;
const SECOND_US = 1_000_000n;
const LETTER_P = 0x50;

/**
 * Microseconds of an interval, a month taken as 30.4375 days, cut to int64; a bigint where a number might not hold it.
 * Exact: Debezium computes in floating point and is a microsecond short now and then. Throws CONVERSION_FAILED.
 */
export function readIntervalUs(bytes: Buffer, start: number, end: number): number | bigint {
  const { years, months, days, hours, minutes, seconds, micros } = readInterval(bytes, start, end);
  const date = BigInt(years * 12 + months) * MONTH_US + BigInt(days) * DAY_US;
  const clock = BigInt(hours) * HOUR_US + BigInt(minutes) * MINUTE_US + BigInt(seconds) * SECOND_US + BigInt(micros);
  return narrowed(clampedInt64(date + clock));
}

/** Appends `readIntervalUs` as digits. */
export function writeIntervalUs(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  appendInteger(readIntervalUs(bytes, start, end), out);
}

/** Appends `P1Y2M3DT4H5M6.789S`: all parts, each with its own sign. Throws CONVERSION_FAILED. */
export function writeIsoInterval(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  const { years, months, days, hours, minutes, seconds, micros } = readInterval(bytes, start, end);
  const sign = seconds < 0 || micros < 0 ? '-' : '';
  const fraction = micros === 0 ? '' : `.${String(Math.abs(micros)).padStart(6, '0').replace(/0+$/, '')}`;
  out.appendText(`P${years}Y${months}M${days}DT${hours}H${minutes}M${sign}${Math.abs(seconds)}${fraction}S`);
}

function readInterval(bytes: Buffer, start: number, end: number): Interval {
  const text = bytes.toString('latin1', start, end);
  const interval = bytes[start] === LETTER_P ? readIsoInterval(text) : readWordyInterval(text);
  if (interval === null) throw conversionError('an interval (IntervalStyle postgres, postgres_verbose or iso_8601)');
  return interval;
}
