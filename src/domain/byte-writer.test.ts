import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.ts';

describe('ByteWriter', () => {
  it('appends short and long runs and grows as needed', () => {
    const out = new ByteWriter(1);
    const long = Buffer.from('x'.repeat(100));
    out.append(Buffer.from('abc'));
    out.append(long);
    out.append(Buffer.from('0123456789'), 2, 5);
    expect(out.bytes.toString('latin1', 0, out.position)).toBe(`abc${'x'.repeat(100)}234`);
  });

  it('writes digits of every length and grows', () => {
    const out = new ByteWriter(1);
    const numbers = [0, 9, 10, 99, 100, 12345678, 4294967296, 1_763_719_200_000_001, Number.MAX_SAFE_INTEGER];
    for (const number of numbers) {
      out.position = 0;
      out.appendDigits(number);
      expect(out.bytes.toString('latin1', 0, out.position)).toBe(String(number));
    }
  });
});
