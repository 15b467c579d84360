import { describe, expect, it } from 'vitest';
import { readCommitTimeUs } from './commit-time.ts';

const read = (text: string) => {
  const bytes = Buffer.from(`xx${text}yy`);
  return readCommitTimeUs(bytes, 2, bytes.length - 2);
};

describe('readCommitTimeUs', () => {
  for (const [text, us] of [
    ['2026-11-21 01:52:49.141009+00', Date.UTC(2026, 10, 21, 1, 52, 49) * 1000 + 141_009],
    ['2026-11-21 01:54:03.93301+00', Date.UTC(2026, 10, 21, 1, 54, 3) * 1000 + 933_010],
    ['2026-11-21 01:54:03+00', Date.UTC(2026, 10, 21, 1, 54, 3) * 1000],
    ['2026-11-21 10:17:38.649898+08', Date.UTC(2026, 10, 21, 2, 17, 38) * 1000 + 649_898],
    ['2024-02-29 23:59:59.5+05:30', Date.UTC(2024, 1, 29, 18, 29, 59) * 1000 + 500_000],
    ['2024-01-01 00:00:00-03:30', Date.UTC(2024, 0, 1, 3, 30, 0) * 1000],
    ['1900-01-01 00:00:00+08:05:43', Date.UTC(1899, 11, 31, 15, 54, 17) * 1000],
  ] as const) {
    it(`reads ${text}`, () => expect(read(text)).toBe(us));
  }

  for (const text of ['', '2026-11-21', '2026-11-21 01:52:49', '2026-11-21 01:52:49.x+00', '2026/11/21 01:52:49+00']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(read(text)).toBeNaN());
  }
});
