import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import type { TimeUnit } from '../form.ts';
import { readTimestamp, writeIsoTimestamp, writeTimestamp, writeZonedTimestamp } from './timestamp.ts';

const UNITS: readonly TimeUnit[] = ['ms', 'us', 'ns'];
const digitsOf = (text: string, unit: TimeUnit) =>
  writeText(text, (b, s, e, out) => writeTimestamp(b, s, e, unit, out));
const zoned = (text: string, digits: number) =>
  writeText(text, (b, s, e, out) => writeZonedTimestamp(b, s, e, digits, out));

/** Milliseconds, microseconds, nanoseconds and ISO as Debezium published them. */
const PUBLISHED: readonly (readonly [string, string, string, string | null, string])[] = [
  [
    '2024-02-29 12:34:56.789012',
    '1709210096789',
    '1709210096789012',
    '1709210096789012000',
    '2024-02-29T12:34:56.789012Z',
  ],
  ['1970-01-01 00:00:00', '0', '0', '0', '1970-01-01T00:00:00Z'],
  ['1969-12-31 23:59:59.999999', '-1', '-1', '-1000', '1969-12-31T23:59:59.999999Z'],
  ['1900-01-01 00:00:00.5', '-2208988799500', '-2208988799500000', '-2208988799500000000', '1900-01-01T00:00:00.5Z'],
  ['0001-01-01 00:00:00', '-62135596800000', '-62135596800000000', null, '0001-01-01T00:00:00Z'],
  ['1582-10-04 12:00:00', '-12220200000000', '-12220200000000000', null, '1582-10-04T12:00:00Z'],
  ['0044-03-15 10:00:00 BC', '-63517788000000', '-63517788000000000', null, '-0043-03-15T10:00:00Z'],
  ['4713-01-01 00:00:00 BC', '-210863520000000', '-210863520000000000', null, '-4712-01-01T00:00:00Z'],
  ['2262-04-12 00:00:00', '9223372800000', '9223372800000000', null, '2262-04-12T00:00:00Z'],
  ['12345-06-07 08:09:10.111213', '327416976550111', '327416976550111213', null, '+12345-06-07T08:09:10.111213Z'],
  ['infinity', '9223372036825200', '9223372036825200000', '9223372036854775807', '+294247-01-10T04:00:25.2Z'],
  ['-infinity', '-9223372036832400', '-9223372036832400000', '-9223372036854775808', '-290308-12-21T19:59:27.6Z'],
];

describe('timestamps', () => {
  it.each(PUBLISHED)('%s', (text, ms, us, ns, iso) => {
    expect(UNITS.map((unit) => digitsOf(text, unit))).toEqual([ms, us, ns]);
    for (const [i, unit] of UNITS.entries()) {
      const value = readText(text, (...cell) => readTimestamp(...cell, unit));
      expect(value === null ? null : String(value)).toBe([ms, us, ns][i]);
    }
    expect(writeText(text, writeIsoTimestamp)).toBe(iso);
  });

  it.each([
    ['2024-02-29 04:34:56.789012+00', 6, '2024-02-29T04:34:56.789012Z'],
    ['2024-02-29 04:34:56.79+00', 2, '2024-02-29T04:34:56.79Z'],
    ['1970-01-01 00:00:00+00', 6, '1970-01-01T00:00:00.000000Z'],
    ['1970-01-01 00:00:00+00', 0, '1970-01-01T00:00:00Z'],
    ['1970-01-01 00:00:00.123456+00', 3, '1970-01-01T00:00:00.123Z'],
    ['1970-01-01 00:00:00.5+00', 9, '1970-01-01T00:00:00.500000000Z'],
    ['2024-01-01 03:00:00+08', 3, '2023-12-31T19:00:00.000Z'],
    ['2024-02-28 20:00:00-05:30', 0, '2024-02-29T01:30:00Z'],
    ['2023-12-31 23:00:00.5-03:30:15', 1, '2024-01-01T02:30:15.5Z'],
    ['9999-12-31 23:00:00-01', 0, '+10000-01-01T00:00:00Z'],
    ['0044-03-15 10:00:00+00 BC', 6, '-0043-03-15T10:00:00.000000Z'],
    ['0001-01-01 00:30:00+01', 0, '0000-12-31T23:30:00Z'],
    ['0001-12-31 23:30:00-01 BC', 0, '0001-01-01T00:30:00Z'],
    ['infinity', 6, 'infinity'],
    ['-infinity', 3, '-infinity'],
  ])('%s with %i digits is %s', (text, digits, expected) => {
    expect(zoned(text, digits)).toBe(expected);
  });

  it.each(['', '2024-02-29', '2024-02-29T00:00:00', '2024-02-30 00:00:00', '2024-02-29 1:00:00', 'Infinity'])(
    'refuses %j',
    (text) => {
      const refusal = expect.objectContaining({ code: 'CONVERSION_FAILED' });
      expect(() => digitsOf(text, 'us')).toThrow(refusal);
      expect(() => digitsOf(text, 'ns')).toThrow(refusal);
      expect(() => writeText(text, writeIsoTimestamp)).toThrow(refusal);
      expect(() => zoned(text, 3)).toThrow(refusal);
    },
  );

  it('names no value in its error', () => {
    expect(() => digitsOf('29.02.2024 12:00:00', 'us')).toThrow(/^a cell cannot be read as a timestamp/);
  });

  it('agrees with Date, in any zone', () => {
    const random = seeded(14);
    const MAX_INT64 = 2n ** 63n - 1n;
    for (let i = 0; i < 3000; i++) {
      const range = random.pick([3_000_000, 80_000_000, 200_000_000]);
      const minutes = (random.below(range) - range / 2) * 60 + random.below(60);
      const second = random.below(60);
      const micro = random.chance(0.4) ? 0 : random.below(1_000_000);
      const utcMs = minutes * 60_000 + second * 1000;
      const offset = random.below(27 * 60) - 12 * 60;
      const utc = new Date(utcMs);
      const text = localText(utcMs + offset * 60_000, micro, offset);
      const us = BigInt(utcMs) * 1000n + BigInt(micro);
      const ns = us * 1000n;
      expect(digitsOf(text, 'us'), text).toBe(String(us));
      expect(BigInt(readText(text, (...cell) => readTimestamp(...cell, 'us'))!)).toBe(us);
      expect(digitsOf(text, 'ms')).toBe(String(utcMs + Math.floor(micro / 1000)));
      expect(digitsOf(text, 'ns')).toBe(ns > MAX_INT64 || ns < -MAX_INT64 - 1n ? null : String(ns));
      const iso = javaYear(utc) + utc.toISOString().replace(/^[+-]?\d+(-.*)\..*$/, '$1');
      expect(zoned(text, 6)).toBe(`${iso}.${String(micro).padStart(6, '0')}Z`);
      const fraction = micro === 0 ? '' : `.${String(micro).padStart(6, '0').replace(/0+$/, '')}`;
      expect(writeText(text, writeIsoTimestamp)).toBe(`${iso}${fraction}Z`);
    }
  });
});

function javaYear(date: Date): string {
  const year = date.getUTCFullYear();
  const digits = String(Math.abs(year)).padStart(4, '0');
  if (year < 0) return `-${digits}`;
  return year > 9999 ? `+${digits}` : digits;
}

/** As PostgreSQL prints it. */
function localText(localMs: number, micro: number, offsetMinutes: number): string {
  const local = new Date(localMs);
  const year = local.getUTCFullYear();
  const [date, time] = local
    .toISOString()
    .replace(/^[+-]?\d+(-.*)\..*$/, '$1')
    .split('T');
  const fraction = micro === 0 ? '' : `.${String(micro).padStart(6, '0').replace(/0+$/, '')}`;
  const minutes = Math.abs(offsetMinutes);
  const parts = [Math.floor(minutes / 60), ...(minutes % 60 === 0 ? [] : [minutes % 60])];
  const zone = (offsetMinutes < 0 ? '-' : '+') + parts.map((part) => String(part).padStart(2, '0')).join(':');
  const yearText = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${yearText}${date} ${time}${fraction}${zone}${year > 0 ? '' : ' BC'}`;
}
