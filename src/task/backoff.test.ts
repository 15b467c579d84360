import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const policy = { initialDelayMs: 1000, maxDelayMs: 60_000 };

describe('backoffMs', () => {
  it('doubles from the initial delay up to the cap', () => {
    expect([1, 2, 3, 6, 7, 8].map((attempt) => backoffMs(attempt, policy, 1))).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000,
    ]);
  });

  it('leaves out a random half', () => {
    expect(backoffMs(2, policy, 0)).toBe(1000);
    expect(backoffMs(2, policy, 0.5)).toBe(1500);
  });

  it('stays between half the initial delay and the cap for any attempt', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const delay = backoffMs(attempt, policy, random);
        expect(delay).toBeGreaterThanOrEqual(500);
        expect(delay).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});
