import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { appendInteger, clampedInt64, readInteger, writeInteger } from './integer.ts';

describe('integers', () => {
  it.each([
    ['0', 0],
    ['-32768', -32768],
    ['999999999999999', 999_999_999_999_999],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['-9223372036854775808', -9_223_372_036_854_775_808n],
  ])('reads %s', (text, value) => {
    expect(readText(text, readInteger)).toBe(value);
    expect(writeText(text, writeInteger)).toBe(text);
  });

  it.each([
    ['007', '7'],
    ['-010', '-10'],
    ['000', '0'],
    ['-0', '0'],
  ])('drops the zeros before %s', (text, digits) => {
    expect(writeText(text, writeInteger)).toBe(digits);
    expect(readText(text, readInteger)).toBe(Number(digits));
  });

  it.each(['', '-', '1.5', '1e5', 'abc', '--1', ' 1'])('refuses %j', (text) => {
    expect(() => readText(text, readInteger)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
    expect(() => writeText(text, writeInteger)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it('reads and writes what BigInt does', () => {
    const random = seeded(11);
    for (let i = 0; i < 2000; i++) {
      const size = 1 + random.below(19);
      const digits = Array.from({ length: size }, () => random.below(10)).join('');
      const slow = BigInt(random.chance(0.5) ? `-${digits}` : digits);
      const value = readText(String(slow), readInteger);
      expect(BigInt(value)).toBe(slow);
      expect(typeof value).toBe(Number.isSafeInteger(Number(slow)) ? 'number' : 'bigint');
      expect(writeText('', (_bytes, _start, _end, out) => appendInteger(value, out))).toBe(String(slow));
    }
  });

  it('cuts to int64', () => {
    expect([2n ** 63n, -(2n ** 64n), 5n].map(clampedInt64)).toEqual([2n ** 63n - 1n, -(2n ** 63n), 5n]);
  });
});
