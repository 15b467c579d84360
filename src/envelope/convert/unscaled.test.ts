import { describe, expect, it } from 'vitest';
import { writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { appendUnscaled, appendUnscaledBase64, appendUnscaledText, unscaledLength } from './unscaled.ts';

const hex = (value: number | bigint) => writeText('', (_b, _s, _e, out) => appendUnscaled(value, out), 'hex');
const base64 = (value: number | bigint) => writeText('', (_b, _s, _e, out) => appendUnscaledBase64(value, out));
const text = (value: number | bigint, scale: number) =>
  writeText('', (_b, _s, _e, out) => appendUnscaledText(value, scale, out));

describe('unscaled values', () => {
  it.each<[number | bigint, string]>([
    [0, 'AA=='],
    [1, 'AQ=='],
    [-1, '/w=='],
    [127, 'fw=='],
    [128, 'AIA='],
    [-128, 'gA=='],
    [-129, '/38='],
    [255, 'AP8='],
    [32768, 'AIAA'],
    [-32769, '/3//'],
    [-99999, '/nlh'],
    [123456, 'AeJA'],
    [9223372036854775807n, 'f/////////8='],
    [-9223372036854775808n, 'gAAAAAAAAAA='],
    [99999999999999999999999999999999999999n, 'SztMqFqGxHoJiiI//////w=='],
    [10000000000000000000000000000000000000000n, 'HWMp8cNcpL+rufVhAAAAAAA='],
  ])('%s is %s', (value, expected) => {
    expect(base64(value)).toBe(expected);
    expect(hex(value)).toBe(Buffer.from(expected, 'base64').toString('hex'));
    expect(unscaledLength(value)).toBe(Buffer.from(expected, 'base64').length);
  });

  it('agrees with the definition of two’s complement', () => {
    const random = seeded(17);
    for (let i = 0; i < 3000; i++) {
      const bits = random.below(150);
      let slow = 0n;
      for (let bit = 0; bit < bits; bit++) slow = (slow << 1n) | BigInt(random.below(2));
      if (random.chance(0.5)) slow = -slow;
      const value = Number.isSafeInteger(Number(slow)) ? Number(slow) : slow;
      let size = 1;
      while (BigInt.asIntN(size * 8, slow) !== slow) size++;
      const expected = BigInt.asUintN(size * 8, slow)
        .toString(16)
        .padStart(size * 2, '0');
      expect(hex(value), String(slow)).toBe(expected);
      expect(base64(value)).toBe(Buffer.from(expected, 'hex').toString('base64'));
    }
  });

  it.each<[number | bigint, number, string]>([
    [-1, 2, '-0.01'],
    [0, 2, '0.00'],
    [123456, 2, '1234.56'],
    [100, 2, '1.00'],
    [5, 0, '5'],
    [-9223372036854775808n, 2, '-92233720368547758.08'],
  ])('%s with scale %i reads %s', (value, scale, expected) => {
    expect(text(value, scale)).toBe(expected);
  });
});
