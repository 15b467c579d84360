import type { ByteWriter } from '../../domain/byte-writer.ts';
import { COLON, DASH, DIGIT_0, DOT, PLUS, writePadded, writePair } from './ascii.ts';
import type { Moment } from './moment.ts';

/** Sign, 7 digits of a year, `-MM-DD`. */
const MAX_DATE = 14;
/** `HH:MM:SS.ffffff` and up to 9 digits of a fraction. */
const MAX_CLOCK = 18;
const MAX_FRACTION = 9;

/** Appends `YYYY-MM-DD` as java.time does: years above 9999 with `+`, before year 0 with `-`. */
export function appendIsoDate(moment: Moment, out: ByteWriter): void {
  const target = out.reserve(MAX_DATE);
  let at = out.position;
  const { year } = moment;
  if (year > 9999) target[at++] = PLUS;
  else if (year < 0) target[at++] = DASH;
  at = writePadded(Math.abs(year), yearWidth(Math.abs(year)), target, at);
  target[at++] = DASH;
  at = writePair(moment.month, target, at);
  target[at++] = DASH;
  out.position = writePair(moment.day, target, at);
}

/** Appends `HH:MM:SS` and the fraction without trailing zeros. */
export function appendIsoClock(moment: Moment, out: ByteWriter): void {
  const target = out.reserve(MAX_CLOCK);
  let at = writeSeconds(moment.second, target, out.position);
  if (moment.micro > 0) {
    target[at++] = DOT;
    at = writePadded(moment.micro, 6, target, at);
    while (target[at - 1] === DIGIT_0) at--;
  }
  out.position = at;
}

/** Appends `HH:MM:SS` and exactly `digits` digits of the fraction, cutting the rest; 0 … 9. */
export function appendClockWithDigits(moment: Moment, digits: number, out: ByteWriter): void {
  const target = out.reserve(MAX_CLOCK + MAX_FRACTION);
  const at = writeSeconds(moment.second, target, out.position);
  if (digits === 0) {
    out.position = at;
    return;
  }
  target[at] = DOT;
  const behind = at + 1 + digits;
  for (let i = writePadded(moment.micro, 6, target, at + 1); i < behind; i++) target[i] = DIGIT_0;
  out.position = behind;
}

function writeSeconds(second: number, target: Buffer, start: number): number {
  const minutes = (second / 60) | 0;
  const hours = (minutes / 60) | 0;
  let at = writePair(hours, target, start);
  target[at++] = COLON;
  at = writePair(minutes - hours * 60, target, at);
  target[at++] = COLON;
  return writePair(second - minutes * 60, target, at);
}

function yearWidth(year: number): number {
  let width = 4;
  for (let limit = 10_000; year >= limit; limit *= 10) width++;
  return width;
}
