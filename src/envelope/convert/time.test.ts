import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import type { TimeUnit } from '../form.ts';
import { readTime, writeIsoTime, writeTime } from './time.ts';

const UNITS: readonly TimeUnit[] = ['ms', 'us', 'ns'];

describe('times of day', () => {
  it.each([
    ['12:34:56.789012', 45296789, 45296789012, 45296789012000],
    ['12:34:56.8', 45296800, 45296800000, 45296800000000],
    ['00:00:00', 0, 0, 0],
    ['00:00:00.000001', 0, 1, 1000],
    ['23:59:59.999999', 86399999, 86399999999, 86399999999000],
    ['24:00:00', 86400000, 86400000000, 86400000000000],
  ])('%s', (text, ...values) => {
    expect(UNITS.map((unit) => readText(text, (...cell) => readTime(...cell, unit)))).toEqual(values);
    const digits = UNITS.map((unit) => writeText(text, (b, s, e, out) => writeTime(b, s, e, unit, out)));
    expect(digits).toEqual(values.map(String));
  });

  it.each([
    ['12:34:56.789012', '12:34:56.789012Z'],
    ['12:34:56.80', '12:34:56.8Z'],
    ['24:00:00', '00:00:00Z'],
    ['12:34:56.789012+05:30', '07:04:56.789012Z'],
    ['23:59:59.999999-08', '07:59:59.999999Z'],
    ['24:00:00-08', '08:00:00Z'],
    ['24:00:00+00', '00:00:00Z'],
    ['00:00:00+14', '10:00:00Z'],
    ['00:00:00.1+15:59', '08:01:00.1Z'],
    ['01:02:03+05:45', '19:17:03Z'],
    ['10:00:30-00:30', '10:30:30Z'],
    ['10:00:30+00:00:30', '10:00:00Z'],
  ])('%s in ISO is %s', (text, iso) => {
    expect(writeText(text, writeIsoTime)).toBe(iso);
  });

  it('keeps fewer digits where asked', () => {
    const text = '12:34:56.789012';
    expect(readText(text, (...cell) => readTime(...cell, 'us', 3))).toBe(45296789000);
    expect(writeText(text, (b, s, e, out) => writeIsoTime(b, s, e, out, 3))).toBe('12:34:56.789Z');
    expect(writeText(`${text}+05:30`, (b, s, e, out) => writeIsoTime(b, s, e, out, 0))).toBe('07:04:56Z');
  });

  it.each([
    '',
    '1:02:03',
    '12:34',
    '24:00:01',
    '24:00:00.000001',
    '25:00:00',
    '12:60:00',
    '12:00:60',
    '12:34:56.',
    '12:34:56.1234567',
    '12:34:56 ',
    '12:34:56+5',
    '12:34:56+05:3',
    '12:34:56+24',
    '12:34:56+05:60',
    '12:34:56+05-30',
    '12-34-56',
  ])('refuses %j', (text) => {
    expect(() => writeText(text, writeIsoTime)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it('agrees with arithmetic on the parts, in any zone', () => {
    const random = seeded(13);
    const day = 86_400_000_000;
    const pad = (value: number, width = 2) => String(value).padStart(width, '0');
    for (let i = 0; i < 2000; i++) {
      const micros = random.below(86_400) * 1_000_000 + (random.chance(0.5) ? 0 : random.below(1_000_000));
      const clock = (of: number) => {
        const fraction = pad(of % 1_000_000, 6).replace(/0+$/, '');
        const seconds = Math.floor(of / 1_000_000);
        const text = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((n) => pad(n));
        return text.join(':') + (fraction && `.${fraction}`);
      };
      const minutes = random.below(16 * 60);
      const isWest = random.chance(0.5);
      const zone = `${isWest ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
      const utc = (micros + (isWest ? 1 : -1) * minutes * 60_000_000 + day) % day;
      expect(readText(clock(micros), (...cell) => readTime(...cell, 'us'))).toBe(micros);
      expect(writeText(clock(micros) + zone, writeIsoTime)).toBe(`${clock(utc)}Z`);
    }
  });
});
