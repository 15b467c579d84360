import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { type Random, seeded } from '../../../test/support/random.ts';
import { readOwnScale, readUnscaled, writeDecimalText } from './decimal.ts';
import { specialNumber } from './decimal-text.ts';

const unscaled = (text: string, scale: number) => readText(text, (...cell) => readUnscaled(...cell, scale));
const plain = (text: string, scale: number | null) =>
  writeText(text, (b, s, e, out) => writeDecimalText(b, s, e, scale, out));

describe('decimals', () => {
  it.each<[string, number, number | bigint]>([
    ['-999.99', 2, -99999],
    ['0.00', 2, 0],
    ['1.1', 2, 110],
    ['.01', 2, 1],
    ['-.5', 2, -50],
    ['5.', 1, 50],
    ['+7', 0, 7],
    ['1.500', 1, 15],
    ['0001.5', 1, 15],
    ['1e5', 0, 100000],
    ['1.5E-3', 4, 15],
    ['-12.34e1', 1, -1234],
    ['0.05e1', 2, 50],
    ['99999999999999999999999999999999999999', 0, 10n ** 38n - 1n],
    ['9007199254740991', 0, Number.MAX_SAFE_INTEGER],
    ['90071992547409.93', 2, 9007199254740993n],
    ['12300', 2046, 12300n * 10n ** 2046n],
  ])('%s with scale %i', (text, scale, value) => {
    expect(unscaled(text, scale)).toBe(value);
  });

  it.each([
    ['100.00', 0],
    ['-1.50', 1],
    ['0.000', 0],
    ['0.000000000000000000000000000001', 30],
    ['1e-3', 3],
    ['12e2', 0],
    ['.010', 2],
  ])('the own scale of %s is %i', (text, scale) => {
    expect(readText(text, readOwnScale)).toBe(scale);
  });

  it.each<[string, number | null, string]>([
    ['1.5', 2, '1.50'],
    ['100.00', null, '100.00'],
    ['.01', null, '0.01'],
    ['-.5', 3, '-0.500'],
    ['0', 2, '0.00'],
    ['-0.00', 2, '0.00'],
    ['1e5', null, '100000'],
    ['1e-7', null, '0.0000001'],
    ['1.2345', 2, '1.2345'],
    ['-0.0000000001', 10, '-0.0000000001'],
    ['007', null, '7'],
  ])('%s with scale %s is %s', (text, scale, expected) => {
    expect(plain(text, scale)).toBe(expected);
  });

  it.each([
    ['NaN', 'NAN'],
    ['Infinity', 'POSITIVE_INFINITY'],
    ['-Infinity', 'NEGATIVE_INFINITY'],
  ])('tells %s apart', (text, name) => {
    expect(readText(text, specialNumber)).toBe(name);
    expect(unscaled(text, 2)).toBeNull();
    expect(readText(text, readOwnScale)).toBeNull();
    expect(plain(text, 2)).toBeNull();
  });

  it.each(['', '.', '-', '-.', '1.2.3', '1,5', 'e5', '1e', '1e9999999', '1e200000', '$1', 'nan', '1 ', '0x10'])(
    'refuses %j',
    (text) => {
      const refusal = expect.objectContaining({ code: 'CONVERSION_FAILED' });
      expect(() => unscaled(text, 2)).toThrow(refusal);
      expect(() => plain(text, null)).toThrow(refusal);
      expect(() => readText(text, readOwnScale)).toThrow(refusal);
    },
  );

  it('loses no digits behind the scale', () => {
    expect(() => unscaled('1.005', 2)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it('agrees with BigInt', () => {
    const random = seeded(16);
    for (let i = 0; i < 3000; i++) {
      const [whole, fraction] = [digits(random, 24), digits(random, 24)];
      const sign = random.chance(0.5) ? '-' : '';
      const text = `${sign}${whole || (fraction ? '' : '0')}${fraction && `.${fraction}`}`;
      const scale = fraction.length + random.below(4);
      const slow = BigInt(sign + (whole + fraction.padEnd(scale, '0') || '0'));
      const value = unscaled(text, scale)!;
      expect(BigInt(value), text).toBe(slow);
      expect(typeof value).toBe(Number.isSafeInteger(Number(slow)) ? 'number' : 'bigint');
      const own = fraction.replace(/0+$/, '').length;
      expect(readText(text, readOwnScale)).toBe(own);
      const absolute = String(slow < 0n ? -slow : slow).padStart(scale + 1, '0');
      const point = absolute.length - scale;
      const expected = absolute.slice(0, point) + (scale > 0 ? `.${absolute.slice(point)}` : '');
      expect(plain(text, scale)).toBe(slow < 0n ? `-${expected}` : expected);
    }
  });

  it('reads the largest numeric', () => {
    const text = `${'9'.repeat(131_072)}.${'9'.repeat(16_383)}`;
    expect(unscaled(text, 16_383)).toBe(10n ** 147_455n - 1n);
    expect(plain(text, 16_383)).toBe(text);
  });
});

function digits(random: Random, most: number): string {
  return Array.from({ length: random.below(most + 1) }, () => (random.chance(0.3) ? 0 : random.below(10))).join('');
}
