/** The parts of an interval, each with its own sign; `micros` belongs to `seconds` and has its sign. */
export interface Interval {
  years: number;
  months: number;
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
  micros: number;
}

type Part = keyof Interval;

const ISO = /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,6}))?S)?)?$/;
const CLOCK = /^(-?)(\d+):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d{1,6}))?$/;
/** `1-2`, years and months of sql_standard. */
const YEAR_MONTH = /^-?\d+-\d+$/;
const UNIT = /^(year|mon|day|hour|min|sec)s?$/;
const UNITS: Readonly<Record<string, Part>> = {
  year: 'years',
  mon: 'months',
  day: 'days',
  hour: 'hours',
  min: 'minutes',
  sec: 'seconds',
};

/** Reads IntervalStyle iso_8601, `P1Y2M3DT4H5M6.789S`; null: malformed. */
export function readIsoInterval(text: string): Interval | null {
  const match = ISO.exec(text);
  if (match === null || text.length === 1) return null;
  const [, years, months, days, hours, minutes, sign, seconds, fraction] = match;
  const interval = emptyInterval();
  interval.years = whole(years);
  interval.months = whole(months);
  interval.days = whole(days);
  interval.hours = whole(hours);
  interval.minutes = whole(minutes);
  setSeconds(interval, sign === '-', seconds, fraction);
  return interval;
}

/**
 * Reads IntervalStyle postgres (`1 year 2 mons 3 days 04:05:06.789`) and postgres_verbose (`@ 1 year … ago`); null:
 * malformed.
 *
 * Goes over the words as PostgreSQL's JDBC driver does, because Debezium's consumers know its results: words at even
 * places are units, a time of day counts at odd places only, `+` is a blank. Of IntervalStyle sql_standard
 * (`+1-2 +3 +4:05:06`) that leaves the time of day or nothing; the precheck warns of this style.
 */
export function readWordyInterval(text: string): Interval | null {
  const words = text.replaceAll(/[+@]/g, ' ').split(' ').filter(Boolean);
  if (words.length === 0) return null;
  const interval = emptyInterval();
  for (const [index, word] of words.entries()) {
    const isUnitPlace = index % 2 === 1;
    const isRead = isUnitPlace ? readUnit(interval, words[index - 1]!, word) : readValue(interval, word, words);
    if (!isRead) return null;
  }
  return words.at(-1) === 'ago' ? negated(interval) : interval;
}

function readUnit(interval: Interval, value: string, word: string): boolean {
  const unit = UNIT.exec(word);
  if (unit === null) return NUMBER.test(word) || CLOCK.test(word);
  const number = NUMBER.exec(value);
  if (number === null) return false;
  const [, sign, digits, fraction] = number;
  const part = UNITS[unit[1]!]!;
  if (part === 'seconds') setSeconds(interval, sign === '-', digits, fraction);
  else if (fraction !== undefined) return false;
  else interval[part] = whole(value);
  return true;
}

function readValue(interval: Interval, word: string, words: readonly string[]): boolean {
  const clock = CLOCK.exec(word);
  if (clock === null) return NUMBER.test(word) || YEAR_MONTH.test(word) || (word === 'ago' && words.at(-1) === word);
  const [, sign, hours, minutes, seconds, fraction] = clock;
  interval.hours = whole(`${sign}${hours}`);
  interval.minutes = whole(`${sign}${minutes}`);
  setSeconds(interval, sign === '-', seconds, fraction);
  return true;
}

function setSeconds(interval: Interval, isNegative: boolean, seconds = '0', fraction = ''): void {
  const micros = whole(fraction.padEnd(6, '0'));
  interval.seconds = isNegative ? 0 - whole(seconds) : whole(seconds);
  interval.micros = isNegative ? 0 - micros : micros;
}

/** Zero has no sign. */
function whole(digits = '0'): number {
  return Number.parseInt(digits, 10) + 0;
}

function negated(interval: Interval): Interval {
  for (const part of Object.keys(interval) as Part[]) interval[part] = 0 - interval[part];
  return interval;
}

function emptyInterval(): Interval {
  return { years: 0, months: 0, days: 0, hours: 0, minutes: 0, seconds: 0, micros: 0 };
}
