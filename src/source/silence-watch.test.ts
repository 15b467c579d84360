import { describe, expect, it } from 'vitest';
import { SilenceWatch } from './silence-watch.ts';

const sample = (now: number, receivedBytes = 10, isPaused = false) => ({ now, receivedBytes, isPaused });

describe('SilenceWatch', () => {
  it('finds a peer silent that sent nothing for the limit though it was asked', () => {
    const watch = new SilenceWatch(60, 0);
    const verdicts = [10, 30, 50, 69, 70].map((now) => watch.isSilent(sample(now)));
    expect(verdicts).toEqual([false, false, false, false, true]);
  });

  it('starts anew with every byte', () => {
    const watch = new SilenceWatch(60, 0);
    expect([10, 60, 110, 160].map((now) => watch.isSilent(sample(now, now)))).toEqual([false, false, false, false]);
  });

  it('does not judge while we do not read, nor right after', () => {
    const watch = new SilenceWatch(60, 0);
    watch.isSilent(sample(1));
    expect([100, 500].map((now) => watch.isSilent(sample(now, 10, true)))).toEqual([false, false]);
    expect([510, 559].map((now) => watch.isSilent(sample(now)))).toEqual([false, false]);
    expect(watch.isSilent(sample(561))).toBe(true);
  });

  it('does not judge by a clock that leapt over our own sleep', () => {
    const watch = new SilenceWatch(60, 0);
    watch.isSilent(sample(10));
    expect(watch.isSilent(sample(10_000))).toBe(false);
  });
});
