import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { byteCount, writeBytes, writeBytesBase64, writeBytesHex } from './bytea.ts';

const base64 = (text: string, isUrlSafe = false) =>
  writeText(text, (b, s, e, out) => writeBytesBase64(b, s, e, isUrlSafe, out));

describe('bytes', () => {
  it.each([
    ['\\x00010203fffefdfc3e3f', 'AAECA//+/fw+Pw==', 'AAECA__-_fw-Pw=='],
    ['\\x', '', ''],
    ['\\xfbff', '+/8=', '-_8='],
    ['FBFF', '+/8=', '-_8='],
    ['', '', ''],
    ['\\xABcd', 'q80=', 'q80='],
  ])('%s is %s in base64', (text, standard, urlSafe) => {
    expect(base64(text)).toBe(standard);
    expect(base64(text, true)).toBe(urlSafe);
    expect(writeText(text, writeBytesHex)).toBe(text.replace('\\x', '').toLowerCase());
    expect(writeText(text, writeBytes, 'base64')).toBe(standard);
  });

  it.each(['\\x0', '\\xzz', '\\x00zz', '\\x0000zz', '\\x0g00', '\\x 00', 'abcd', 'F', 'FG', 'caf\\303\\251', '\\X00'])(
    'refuses %j',
    (text) => {
      const refusal = expect.objectContaining({ code: 'CONVERSION_FAILED' });
      expect(() => base64(text)).toThrow(refusal);
      expect(() => writeText(text, writeBytes)).toThrow(refusal);
      expect(() => writeText(text, writeBytesHex)).toThrow(refusal);
    },
  );

  it('agrees with Buffer', () => {
    const random = seeded(19);
    for (let i = 0; i < 1000; i++) {
      const value = Buffer.from(Array.from({ length: random.below(70) }, () => random.below(256)));
      const hex = value.toString('hex');
      const text = random.chance(0.5) ? `\\x${hex}` : hex.toUpperCase();
      expect(readText(text, byteCount)).toBe(value.length);
      expect(base64(text)).toBe(value.toString('base64'));
      expect(base64(text, true)?.replaceAll('=', '')).toBe(value.toString('base64url'));
      expect(writeText(text, writeBytes, 'hex')).toBe(hex);
      expect(writeText(text, writeBytesHex)).toBe(hex);
    }
  });
});
