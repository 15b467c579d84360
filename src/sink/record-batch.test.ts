import { describe, expect, it } from 'vitest';
import { advanceSequence, BATCH_HEADER, writeBatchHeader } from './record-batch.ts';

describe('record batch', () => {
  it('fills the header of format v2', () => {
    const bytes = Buffer.alloc(100, 0xee);
    writeBatchHeader(bytes, 10, 10 + BATCH_HEADER + 4, {
      attributes: 1,
      recordCount: 3,
      timestampMs: 1_700_000_000_123,
      producerId: 4_000_000_000_001n,
      producerEpoch: 7,
      baseSequence: 2147483647,
    });
    expect(bytes.readBigInt64BE(10)).toBe(0n);
    expect(bytes.readInt32BE(18)).toBe(BATCH_HEADER + 4 - 12);
    expect(bytes.readInt32BE(22)).toBe(-1);
    expect(bytes[26]).toBe(2);
    expect(bytes.readInt16BE(31)).toBe(1);
    expect(bytes.readInt32BE(33)).toBe(2);
    expect(bytes.readBigInt64BE(37)).toBe(1_700_000_000_123n);
    expect(bytes.readBigInt64BE(45)).toBe(1_700_000_000_123n);
    expect(bytes.readBigInt64BE(53)).toBe(4_000_000_000_001n);
    expect(bytes.readInt16BE(61)).toBe(7);
    expect(bytes.readInt32BE(63)).toBe(2147483647);
    expect(bytes.readInt32BE(67)).toBe(3);
    expect([...bytes.subarray(71, 76)]).toEqual([0xee, 0xee, 0xee, 0xee, 0xee]);
  });

  it('wraps sequences from 2^31-1 to 0', () => {
    expect(advanceSequence(0, 5)).toBe(5);
    expect(advanceSequence(2147483646, 1)).toBe(2147483647);
    expect(advanceSequence(2147483647, 1)).toBe(0);
    expect(advanceSequence(2147483640, 10)).toBe(2);
  });
});
