import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { readDays, writeDays, writeIsoDate } from './date.ts';

/** What Debezium published for these. */
const PUBLISHED: readonly (readonly [text: string, days: number, iso: string])[] = [
  ['1970-01-01', 0, '1970-01-01Z'],
  ['1969-12-31', -1, '1969-12-31Z'],
  ['2024-02-29', 19782, '2024-02-29Z'],
  ['1582-10-15', -141427, '1582-10-15Z'],
  ['0001-01-01', -719162, '0001-01-01Z'],
  ['9999-12-31', 2932896, '9999-12-31Z'],
  ['10000-01-01', 2932897, '+10000-01-01Z'],
  ['99999-12-31', 35804721, '+99999-12-31Z'],
  ['0044-03-15 BC', -735160, '-0043-03-15Z'],
  ['4713-01-01 BC', -2440550, '-4712-01-01Z'],
  ['infinity', -2147472692, '-5877611-06-21Z'],
  ['-infinity', -2147472691, '-5877611-06-22Z'],
];

describe('dates', () => {
  it.each(PUBLISHED)('%s', (text, days, iso) => {
    expect(readText(text, readDays)).toBe(days);
    expect(writeText(text, writeDays)).toBe(String(days));
    expect(writeText(text, writeIsoDate)).toBe(iso);
  });

  it.each([
    '',
    '2024-2-29',
    '2023-02-29',
    '1900-02-29',
    '0002-02-29 BC',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '2024-01-00',
    '0000-01-01',
    '24-01-01',
    '2024-01-01 ',
    '2024-01-01 00:00:00',
    '2024/01/01',
    '01-02-2024',
    'infinity ',
    '+infinity',
    'inf',
  ])('refuses %j', (text) => {
    const refusal = expect.objectContaining({ code: 'CONVERSION_FAILED' });
    expect(() => readText(text, readDays)).toThrow(refusal);
    expect(() => writeText(text, writeIsoDate)).toThrow(refusal);
  });

  it('agrees with Date from 4714 BC to 275000', () => {
    const random = seeded(12);
    for (let i = 0; i < 3000; i++) {
      const days = random.chance(0.5) ? random.below(40_000) - 10_000 : random.below(100_000_000) - 2_440_000;
      const date = new Date(days * 86_400_000);
      const year = date.getUTCFullYear();
      const monthDay = date.toISOString().replace(/^[+-]?\d+(-\d\d-\d\d).*$/, '$1');
      const text = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}${monthDay}${year > 0 ? '' : ' BC'}`;
      expect(readText(text, readDays), text).toBe(days);
      // Date pads years beyond four digits to six.
      const iso = date
        .toISOString()
        .replace(/T.*/, 'Z')
        .replace(/^([+-])0{1,2}(?=\d{4})/, '$1');
      expect(writeText(text, writeIsoDate)).toBe(iso.replace(/^-0000/, '0000'));
    }
  });

  it('knows the last date of PostgreSQL', () => {
    expect(readText('5874897-12-31', readDays)).toBe(2_147_483_493 - 2_440_588);
  });
});
