import { describe, expect, it } from 'vitest';
import { parseDurationMs } from './duration.ts';

describe('parseDurationMs', () => {
  it.each([
    ['0', 0],
    ['1min', 60_000],
    ['30s', 30_000],
    ['1500ms', 1500],
    ['250', 250],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it('refuses what it does not know', () => {
    expect(() => parseDurationMs('1 fortnight')).toThrow(expect.objectContaining({ code: 'SOURCE_QUERY' }));
    expect(() => parseDurationMs('')).toThrow(/time setting/);
  });
});
