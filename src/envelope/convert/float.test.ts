import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { appendJavaDouble, isFiniteNumber, readFloat, writeJavaFloat } from './float.ts';

const java = (text: string, bits: 32 | 64 = 64) =>
  writeText(text, (b, s, e, out) => writeJavaFloat(b, s, e, bits, out));
const javaOf = (value: number) => writeText('', (_b, _s, _e, out) => appendJavaDouble(value, out));

describe('floating point as Java prints it', () => {
  it.each([
    ['1e+10', '1.0E10'],
    ['1.7976931348623157e+308', '1.7976931348623157E308'],
    ['5e-324', '4.9E-324'],
    ['-0', '-0.0'],
    ['0', '0.0'],
    ['0.1', '0.1'],
    ['.1', '0.1'],
    ['-.5', '-0.5'],
    ['0.001', '0.001'],
    ['0.0009999', '9.999E-4'],
    ['10000000', '1.0E7'],
    ['9999999.999', '9999999.999'],
    ['100', '100.0'],
    ['-100', '-100.0'],
    ['12345678.9', '1.23456789E7'],
    ['1.2345678901234568e+17', '1.2345678901234568E17'],
    ['2.2250738585072014e-308', '2.2250738585072014E-308'],
    ['1.5e-07', '1.5E-7'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['-Infinity', '-Infinity'],
  ])('%s is %s', (text, expected) => {
    expect(java(text)).toBe(expected);
    expect(readText(text, readFloat)).toBe(Number(text));
    expect(readText(text, isFiniteNumber)).toBe(Number.isFinite(Number(text)));
  });

  it.each([
    ['1e-45', '1.4E-45'],
    ['-1e-45', '-1.4E-45'],
    ['3.4028235e+38', '3.4028235E38'],
    ['1.6777216e+07', '1.6777216E7'],
    ['2.5e-38', '2.5E-38'],
    ['2e-45', '2.0E-45'],
  ])('float4 %s is %s', (text, expected) => {
    expect(java(text, 32)).toBe(expected);
  });

  it.each(['', '-', '.', 'abc', '1.2.3', '1e', '1e+', '1e9999', '1 ', 'nan', '0x1'])('refuses %j', (text) => {
    expect(() => java(text)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it.each(['', 'abc', 'nan'])('has no number for %j', (text) => {
    expect(() => readText(text, readFloat)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it('keeps every double, in the shape Java gives it', () => {
    const random = seeded(18);
    const cell = Buffer.alloc(8);
    for (let i = 0; i < 3000; i++) {
      for (let at = 0; at < 8; at++) cell[at] = random.below(256);
      const any = cell.readDoubleBE(0);
      const value = random.chance(0.5) ? any : (random.below(2_000_000) - 1_000_000) / 10 ** random.below(9);
      if (!Number.isFinite(value)) continue;
      const text = javaOf(value)!;
      expect(Number(text)).toBe(value);
      const size = Math.abs(value);
      const isPlain = size === 0 || (size >= 1e-3 && size < 1e7);
      expect(text).toMatch(isPlain ? /^-?(0|[1-9]\d*)\.(\d|\d*[1-9])$/ : /^-?[1-9]\.(\d|\d*[1-9])E-?[1-9]\d*$/);
    }
  });

  it('prints the numbers next to zero with the two digits that are nearest', () => {
    // Exact: k units of 2^-1074 and 2^-149 as decimals, compared with all two-digit numbers around.
    for (const [bits, power] of [
      [64, 1074],
      [32, 149],
    ] as const) {
      for (let k = 1; k <= 120; k++) {
        const value = k * 2 ** -power;
        const shortest = bits === 64 ? String(value) : shortestFloat(value);
        const digits = shortest.replace(/e.*/, '').replace('.', '');
        if (digits.length > 1) continue;
        expect(java(shortest, bits), shortest).toBe(nearestTwoDigits(k, power, Math.floor(Math.log10(value))));
      }
    }
  });
});

function shortestFloat(value: number): string {
  for (let size = 1; ; size++) {
    const text = value.toPrecision(size);
    if (Math.fround(Number(text)) === value) return text;
  }
}

function nearestTwoDigits(k: number, power: number, magnitude: number): string {
  const ten = 10n ** 400n;
  const exact = (BigInt(k) * ten) >> BigInt(power);
  const distance = (digits: bigint, exponent: number) => {
    const off = digits * 10n ** BigInt(400 + exponent) - exact;
    return off < 0n ? -off : off;
  };
  let best = { digits: 10n, exponent: magnitude };
  for (let exponent = magnitude - 3; exponent <= magnitude; exponent++) {
    for (let digits = 10n; digits <= 99n; digits++) {
      if (distance(digits, exponent) < distance(best.digits, best.exponent)) best = { digits, exponent };
    }
  }
  const [first, second] = String(best.digits);
  return `${first}.${second}E${best.exponent + 1}`;
}
