import type { ByteWriter } from '../../domain/byte-writer.ts';
import { epochDays } from './calendar.ts';
import { infinityOf } from './infinity.ts';
import { appendInteger } from './integer.ts';
import { appendIsoDate } from './iso.ts';
import { newMoment, readDate } from './moment.ts';

const EXPECTED = 'a date (YYYY-MM-DD)';
/** What Debezium makes of infinite dates: the driver's infinity in milliseconds, cut to days, cut to 32 bits. */
const INFINITY_DAYS = -2_147_472_692;
const MINUS_INFINITY_DAYS = -2_147_472_691;
const INFINITY_TEXT = '-5877611-06-21Z';
const MINUS_INFINITY_TEXT = '-5877611-06-22Z';

const moment = newMoment();

/** Days since 1970-01-01, proleptic Gregorian; infinities as Debezium has them. Throws CONVERSION_FAILED. */
export function readDays(bytes: Buffer, start: number, end: number): number {
  if (readDate(bytes, start, end, moment)) return epochDays(moment.year, moment.month, moment.day);
  return infinityOf(bytes, start, end, EXPECTED) > 0 ? INFINITY_DAYS : MINUS_INFINITY_DAYS;
}

/** Appends `readDays` as digits. */
export function writeDays(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  appendInteger(readDays(bytes, start, end), out);
}

/** Appends `2024-02-29Z`; infinities as the dates that Debezium makes of them. Throws CONVERSION_FAILED. */
export function writeIsoDate(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  if (readDate(bytes, start, end, moment)) {
    appendIsoDate(moment, out);
    out.reserve(1)[out.position++] = 0x5a;
    return;
  }
  out.appendText(infinityOf(bytes, start, end, EXPECTED) > 0 ? INFINITY_TEXT : MINUS_INFINITY_TEXT);
}
