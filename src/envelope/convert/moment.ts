import { COLON, DASH, DOT, digitOf, PLUS, SPACE, twoDigits } from './ascii.ts';
import { daysInMonth } from './calendar.ts';

/**
 * A point in time taken apart, filled in place: the hot path makes no object per cell. What a text does not hold keeps
 * its old value.
 */
export interface Moment {
  /** Astronomical: 0 is 1 BC. */
  year: number;
  month: number;
  day: number;
  /** Of the day, 0 … 86400. */
  second: number;
  /** Of the second. */
  micro: number;
  /** Of the text's zone, in seconds east of UTC; 0 without a zone. */
  offset: number;
}

const SECONDS_PER_DAY = 86_400;
const MAX_FRACTION = 6;

export function newMoment(): Moment {
  return { year: 1970, month: 1, day: 1, second: 0, micro: 0, offset: 0 };
}

/** Fills date from `YYYY-MM-DD[ BC]`, years of 4 to 7 digits. False: malformed. */
export function readDate(bytes: Buffer, start: number, end: number, into: Moment): boolean {
  const last = endBeforeEra(bytes, start, end);
  return dateEnd(bytes, start, last, into) === last && withEra(into, last !== end);
}

/** Fills all from `YYYY-MM-DD HH:MM:SS[.ffffff][±HH[:MM[:SS]]][ BC]`. False: malformed. */
export function readDateTime(bytes: Buffer, start: number, end: number, into: Moment): boolean {
  const last = endBeforeEra(bytes, start, end);
  const at = dateEnd(bytes, start, last, into);
  if (at < 0 || bytes[at] !== SPACE) return false;
  return clockAndZone(bytes, at + 1, last, into) && withEra(into, last !== end);
}

/** Fills time and zone from `HH:MM:SS[.ffffff][±HH[:MM[:SS]]]`, up to 24:00:00. False: malformed. */
export function clockAndZone(bytes: Buffer, start: number, end: number, into: Moment): boolean {
  const at = clockEnd(bytes, start, end, into);
  if (at < 0) return false;
  into.offset = 0;
  return at === end || readZone(bytes, at, end, into);
}

/** Turns local time into UTC; the offset becomes 0. */
export function toUtc(moment: Moment): void {
  let second = moment.second - moment.offset;
  moment.offset = 0;
  if (second < 0) {
    second += SECONDS_PER_DAY;
    previousDay(moment);
  } else if (second >= SECONDS_PER_DAY) {
    second -= SECONDS_PER_DAY;
    nextDay(moment);
  }
  moment.second = second;
}

function endBeforeEra(bytes: Buffer, start: number, end: number): number {
  // ' BC' is the last part of a text, behind the zone.
  const hasEra = end - start > 3 && bytes[end - 1] === 0x43 && bytes[end - 2] === 0x42 && bytes[end - 3] === SPACE;
  return hasEra ? end - 3 : end;
}

/** 29 February is checked here: whether the year is a leap year depends on the era. */
function withEra(moment: Moment, isBc: boolean): boolean {
  if (isBc) moment.year = 1 - moment.year;
  return moment.day <= daysInMonth(moment.year, moment.month);
}

/** Position behind a date, or -1. */
function dateEnd(bytes: Buffer, start: number, end: number, into: Moment): number {
  let year = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = digitOf(bytes[at]!);
    if (digit < 0) break;
    year = year * 10 + digit;
  }
  const width = at - start;
  if (width < 4 || width > 7 || year === 0 || end - at < 6) return -1;
  if (bytes[at] !== DASH || bytes[at + 3] !== DASH) return -1;
  const month = twoDigits(bytes, at + 1);
  const day = twoDigits(bytes, at + 4);
  if (month < 1 || month > 12 || day < 1) return -1;
  into.year = year;
  into.month = month;
  into.day = day;
  return at + 6;
}

/** Position behind a time of day, or -1. */
function clockEnd(bytes: Buffer, start: number, end: number, into: Moment): number {
  if (end - start < 8 || bytes[start + 2] !== COLON || bytes[start + 5] !== COLON) return -1;
  const hour = twoDigits(bytes, start);
  const minute = twoDigits(bytes, start + 3);
  const second = twoDigits(bytes, start + 6);
  if (hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  into.second = hour * 3600 + minute * 60 + second;
  into.micro = 0;
  let at = start + 8;
  if (at < end && bytes[at] === DOT) at = fractionEnd(bytes, at + 1, end, into);
  const isWithinDay = into.second < SECONDS_PER_DAY || (into.second === SECONDS_PER_DAY && into.micro === 0);
  return isWithinDay ? at : -1;
}

function fractionEnd(bytes: Buffer, start: number, end: number, into: Moment): number {
  let value = 0;
  let at = start;
  for (let unit = 100_000; at < end; at++, unit /= 10) {
    const digit = digitOf(bytes[at]!);
    if (digit < 0) break;
    value += digit * unit;
  }
  if (at === start || at - start > MAX_FRACTION) return -1;
  into.micro = value;
  return at;
}

/** Fills the offset from `±HH[:MM[:SS]]`, which is the rest of the text. */
function readZone(bytes: Buffer, start: number, end: number, into: Moment): boolean {
  const sign = bytes[start];
  const width = end - start;
  if ((sign !== PLUS && sign !== DASH) || (width !== 3 && width !== 6 && width !== 9)) return false;
  const hours = twoDigits(bytes, start + 1);
  const minutes = width > 3 ? sixtieth(bytes, start + 3) : 0;
  const seconds = width > 6 ? sixtieth(bytes, start + 6) : 0;
  if (hours < 0 || hours > 23 || minutes < 0 || seconds < 0) return false;
  const offset = hours * 3600 + minutes * 60 + seconds;
  into.offset = sign === DASH ? -offset : offset;
  return true;
}

/** `:MM`, or -1. */
function sixtieth(bytes: Buffer, at: number): number {
  const value = bytes[at] === COLON ? twoDigits(bytes, at + 1) : -1;
  return value > 59 ? -1 : value;
}

function previousDay(moment: Moment): void {
  if (--moment.day > 0) return;
  if (--moment.month === 0) {
    moment.month = 12;
    moment.year--;
  }
  moment.day = daysInMonth(moment.year, moment.month);
}

function nextDay(moment: Moment): void {
  if (++moment.day <= daysInMonth(moment.year, moment.month)) return;
  moment.day = 1;
  if (++moment.month <= 12) return;
  moment.month = 1;
  moment.year++;
}
