import { describe, expect, it } from 'vitest';
import { varintSize, writeVarint } from './varint.ts';

function written(length: number): number[] {
  const bytes = new Uint8Array(5);
  return [...bytes.subarray(0, writeVarint(bytes, 0, length))];
}

describe('varint', () => {
  it('writes zigzag varints as Kafka does', () => {
    expect(written(-1)).toEqual([1]);
    expect(written(0)).toEqual([0]);
    expect(written(63)).toEqual([126]);
    expect(written(64)).toEqual([128, 1]);
    expect(written(8191)).toEqual([254, 127]);
    expect(written(8192)).toEqual([128, 128, 1]);
    expect(written(2 ** 31 - 1)).toEqual([254, 255, 255, 255, 15]);
  });

  it('knows the size beforehand', () => {
    for (const length of [-1, 0, 63, 64, 8191, 8192, 1048575, 1048576, 134217727, 134217728, 2 ** 31 - 1]) {
      expect(varintSize(length)).toBe(written(length).length);
    }
  });
});
