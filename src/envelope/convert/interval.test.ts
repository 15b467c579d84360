import { describe, expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { readIntervalUs, writeIntervalUs, writeIsoInterval } from './interval.ts';

/** What Debezium published for these, in all four IntervalStyles. */
const PUBLISHED: readonly (readonly [text: string, us: number | bigint, iso: string])[] = [
  ['1 year 2 mons 3 days 04:05:06.789', 37091106789000, 'P1Y2M3DT4H5M6.789S'],
  ['-1 years -2 mons +3 days -04:05:06', -36572706000000, 'P-1Y-2M3DT-4H-5M-6S'],
  ['-1 days -00:00:00.000001', -86400000001, 'P0Y0M-1DT0H0M-0.000001S'],
  ['-00:00:01.5', -1500000, 'P0Y0M0DT0H0M-1.5S'],
  ['00:00:00', 0, 'P0Y0M0DT0H0M0S'],
  ['1 mon', 2629800000000, 'P0Y1M0DT0H0M0S'],
  ['8 days 12:00:00', 734400000000, 'P0Y0M8DT12H0M0S'],
  ['3 mons 00:00:00.000001', 7889400000001, 'P0Y3M0DT0H0M0.000001S'],
  ['100 years', 3155760000000000, 'P100Y0M0DT0H0M0S'],
  ['178000000 years', 9223372036854775807n, 'P178000000Y0M0DT0H0M0S'],
  ['P1Y2M3DT4H5M6.789S', 37091106789000, 'P1Y2M3DT4H5M6.789S'],
  ['P-1Y-2M3DT-4H-5M-6S', -36572706000000, 'P-1Y-2M3DT-4H-5M-6S'],
  ['PT0S', 0, 'P0Y0M0DT0H0M0S'],
  ['PT-0.000001S', -1, 'P0Y0M0DT0H0M-0.000001S'],
  ['P3D', 259200000000, 'P0Y0M3DT0H0M0S'],
  ['@ 1 year 2 mons 3 days 4 hours 5 mins 6.789 secs', 37091106789000, 'P1Y2M3DT4H5M6.789S'],
  ['@ 1 year 2 mons -3 days 4 hours 5 mins 6 secs ago', -36572706000000, 'P-1Y-2M3DT-4H-5M-6S'],
  ['@ 0', 0, 'P0Y0M0DT0H0M0S'],
  ['@ 0.000001 secs ago', -1, 'P0Y0M0DT0H0M-0.000001S'],
  ['@ 100 hours', 360000000000, 'P0Y0M0DT100H0M0S'],
  ['+1-2 +3 +4:05:06.789', 14706789000, 'P0Y0M0DT4H5M6.789S'],
  ['-1-2 +3 -4:05:06', -14706000000, 'P0Y0M0DT-4H-5M-6S'],
  ['1-3', 0, 'P0Y0M0DT0H0M0S'],
  ['3 0:00:00', 0, 'P0Y0M0DT0H0M0S'],
  ['-0:00:00.000001', -1, 'P0Y0M0DT0H0M-0.000001S'],
];

describe('intervals', () => {
  it.each(PUBLISHED)('%s', (text, us, iso) => {
    expect(readText(text, readIntervalUs)).toBe(us);
    expect(writeText(text, writeIntervalUs)).toBe(String(us));
    expect(writeText(text, writeIsoInterval)).toBe(iso);
  });

  it('stays exact where floating point is a microsecond short', () => {
    const us = (2 * 3600 + 5 * 60) * 1_000_000 + 6_000_009;
    expect(readText('02:05:06.000009', readIntervalUs)).toBe(us);
    expect(readText('250000 years 1 day 00:00:00.000001', readIntervalUs)).toBe(
      250_000n * 31_557_600_000_000n + 86_400_000_001n,
    );
    expect(readText('-178000000 years', readIntervalUs)).toBe(-(2n ** 63n));
  });

  it.each(['', 'P', 'abc', '1 fortnight', 'x days', '1.5 days', '04:05:06.1234567', 'P1W', 'P1.5D', 'ago 1 day', '@'])(
    'refuses %j',
    (text) => {
      const refusal = expect.objectContaining({ code: 'CONVERSION_FAILED' });
      expect(() => readText(text, readIntervalUs)).toThrow(refusal);
      expect(() => writeText(text, writeIsoInterval)).toThrow(refusal);
    },
  );

  it('reads the same from every style it understands', () => {
    const random = seeded(15);
    const part = (below: number) => (random.chance(0.3) ? 0 : random.below(below) * (random.chance(0.3) ? -1 : 1));
    for (let i = 0; i < 1500; i++) {
      const [years, months, days] = [part(5000), part(12), part(400)];
      const sign = random.chance(0.3) ? -1 : 1;
      const [hours, minutes, seconds] = [random.below(200), random.below(60), random.below(60)];
      const micros = random.chance(0.4) ? 0 : random.below(1_000_000);
      const clock = BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000n + BigInt(micros);
      const slow =
        BigInt(years * 12 + months) * 2_629_800_000_000n + BigInt(days) * 86_400_000_000n + BigInt(sign) * clock;

      const minus = sign < 0 ? '-' : '';
      const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
      const pad = (value: number) => String(value).padStart(2, '0');
      const time = `${minus}${pad(hours)}:${pad(minutes)}:${pad(seconds)}${fraction}`;
      const verboseTime = `${sign * hours} hours ${sign * minutes} mins ${minus}${seconds}${fraction} secs`;
      const isoTime = `T${sign * hours}H${sign * minutes}M${minus}${seconds}${fraction}S`;
      for (const text of [
        `${years} years ${months} mons ${days} days ${time}`,
        `@ ${years} years ${months} mons ${days} days ${verboseTime}`,
        `P${years}Y${months}M${days}D${isoTime}`,
      ]) {
        expect(BigInt(readText(text, readIntervalUs)), text).toBe(slow);
      }
    }
  });
});
