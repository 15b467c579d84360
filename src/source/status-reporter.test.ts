import { describe, expect, it } from 'vitest';
import { StepClock } from '../../test/support/step-clock.ts';
import { type Lsn, toLsn } from '../domain/lsn.ts';
import { StatusReporter } from './status-reporter.ts';

const lsn = (value: bigint): Lsn => toLsn(value);

function setUp(startLsn = lsn(100n)) {
  const clock = new StepClock();
  const sent: [bigint, boolean][] = [];
  const failed: unknown[] = [];
  const reporter = new StatusReporter({
    startLsn,
    send: (flushed, ping) => sent.push([flushed, ping]),
    failed: (error) => failed.push(error),
    now: clock.now,
    setTimer: clock.setTimer,
  });
  return { clock, sent, reporter };
}

describe('StatusReporter', () => {
  it('repeats the start position until something is confirmed', () => {
    const { sent, reporter } = setUp();
    reporter.received(0, 500);
    reporter.report(true);
    reporter.report(false);
    expect(sent).toEqual([
      [100n, true],
      [100n, false],
    ]);
  });

  it('sends a confirmation at once, then at most one in 100 ms with the newest position', () => {
    const { clock, sent, reporter } = setUp();
    reporter.received(0, 500);
    reporter.confirm(lsn(101n));
    reporter.confirm(lsn(102n));
    clock.advance(99);
    reporter.confirm(lsn(103n));
    expect(sent).toEqual([[101n, false]]);
    clock.advance(1);
    expect(sent).toEqual([
      [101n, false],
      [103n, false],
    ]);
    clock.advance(1_000);
    expect(sent).toHaveLength(2);
  });

  it('does not send a coalesced confirmation again that another status carried', () => {
    const { clock, sent, reporter } = setUp();
    reporter.received(0, 500);
    reporter.confirm(lsn(101n));
    reporter.confirm(lsn(102n));
    reporter.report(false);
    clock.advance(1_000);
    expect(sent.map(([flushed]) => flushed)).toEqual([101n, 102n]);
  });

  it('never moves back', () => {
    const { sent, reporter } = setUp();
    reporter.received(0, 500);
    reporter.confirm(lsn(300n));
    reporter.confirm(lsn(200n));
    reporter.confirm(lsn(300n));
    reporter.report(false);
    expect(sent.map(([flushed]) => flushed)).toEqual([300n, 300n]);
    expect(reporter.confirmedLsn).toBe(300n);
  });

  it('refuses a position beyond what was received, and sends nothing', () => {
    const { sent, reporter } = setUp();
    reporter.received(0, 500);
    expect(() => reporter.confirm(lsn(501n))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect([sent, reporter.confirmedLsn]).toEqual([[], 100n]);
  });

  it('refuses to start at 0', () => {
    expect(() => setUp(lsn(0n))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('keeps the highest received position across the 32-bit halves', () => {
    const { reporter } = setUp();
    reporter.received(1, 5);
    reporter.received(0, 0);
    reporter.received(0, 0xffff_ffff);
    reporter.received(1, 4);
    expect(reporter.receivedLsn).toBe(0x1_0000_0005n);
    reporter.received(2, 0xffff_ffff);
    expect(reporter.receivedLsn).toBe(0x2_ffff_ffffn);
  });

  it('sends nothing after it was stopped', () => {
    const { clock, sent, reporter } = setUp();
    reporter.received(0, 500);
    reporter.confirm(lsn(101n));
    reporter.confirm(lsn(102n));
    reporter.stop();
    reporter.confirm(lsn(103n));
    reporter.report(true);
    clock.advance(1_000);
    expect([sent.length, clock.pending]).toEqual([1, 0]);
  });
});
