import { describe, expect, it } from 'vitest';
import { sameBytes } from './same-bytes.ts';

describe('same bytes', () => {
  it.each([1, 3, 4, 7, 8, 128, 129, 300])('compares %i bytes, all of them and no others', (length) => {
    const a = Buffer.alloc(length + 3, 'x');
    const b = Buffer.alloc(length + 3, 'x');
    a[0] = b[length + 2] = 0x79;
    expect(sameBytes(a, 1, b, 2, length)).toBe(true);
    for (const at of [0, length >> 1, length - 1]) {
      b[2 + at] = 0x79;
      expect(sameBytes(a, 1, b, 2, length)).toBe(false);
      b[2 + at] = 0x78;
    }
  });

  it('finds no bytes the same', () => {
    expect(sameBytes(Buffer.from('a'), 1, Buffer.from('b'), 0, 0)).toBe(true);
  });
});
