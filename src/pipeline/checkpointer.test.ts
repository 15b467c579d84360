import { describe, expect, it } from 'vitest';
import { type Lsn, toLsn } from '../domain/lsn.ts';
import { Checkpointer } from './checkpointer.ts';

const lsn = (value: number): Lsn => toLsn(BigInt(value));

function setUp(store: (log: string[]) => void = () => undefined) {
  const log: string[] = [];
  const timers: { at: number; run: () => void }[] = [];
  const clock = { now: 0 };
  const errors: unknown[] = [];
  const checkpointer = new Checkpointer(
    { lsn: lsn(10), nextEventNumber: 1, lastCommit: null },
    {
      intervalMs: 500,
      store: (position) => {
        store(log);
        log.push(`store ${position.lsn}`);
      },
      confirm: (confirmed) => log.push(`confirm ${confirmed}`),
      onError: (error) => errors.push(error),
      now: () => clock.now,
      setTimer: (run, ms) => {
        const timer = { at: clock.now + ms, run };
        timers.push(timer);
        return () => timers.splice(timers.indexOf(timer), 1);
      },
    },
  );
  const advance = (ms: number) => {
    clock.now += ms;
    for (const timer of timers.splice(0)) timer.run();
  };
  return { checkpointer, log, errors, advance, timers, clock };
}

describe('Checkpointer', () => {
  it('stores before it confirms', () => {
    const { checkpointer, log } = setUp();
    checkpointer.update({ lsn: lsn(20), nextEventNumber: 2, lastCommit: null });
    expect(log).toEqual(['store 20', 'confirm 20']);
  });

  it('stores at most once per interval, and then the newest position', () => {
    const { checkpointer, log, advance } = setUp();
    checkpointer.update({ lsn: lsn(20), nextEventNumber: 2, lastCommit: null });
    checkpointer.update({ lsn: lsn(30), nextEventNumber: 3, lastCommit: null });
    checkpointer.update({ lsn: lsn(40), nextEventNumber: 4, lastCommit: null });
    expect(log).toHaveLength(2);
    advance(500);
    expect(log.slice(2)).toEqual(['store 40', 'confirm 40']);
  });

  it('stores less often where storing takes long', () => {
    const { checkpointer, log, clock, timers } = setUp(() => {
      clock.now += 20;
    });
    checkpointer.update({ lsn: lsn(20), nextEventNumber: 2, lastCommit: null });
    checkpointer.update({ lsn: lsn(30), nextEventNumber: 3, lastCommit: null });
    expect(log).toEqual(['store 20', 'confirm 20']);
    expect(timers.map(({ at }) => at)).toEqual([2020]);
  });

  it('does not confirm what could not be stored', () => {
    const { checkpointer, log, errors } = setUp(() => {
      throw new Error('disk full');
    });
    checkpointer.update({ lsn: lsn(20), nextEventNumber: 2, lastCommit: null });
    expect(log).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(checkpointer.stored.lsn).toBe(lsn(10));
  });

  it('flushes what waits for the interval', () => {
    const { checkpointer, log, timers } = setUp();
    checkpointer.update({ lsn: lsn(20), nextEventNumber: 2, lastCommit: null });
    checkpointer.update({ lsn: lsn(30), nextEventNumber: 3, lastCommit: null });
    checkpointer.flush();
    expect(log.at(-1)).toBe('confirm 30');
    expect(timers).toHaveLength(0);
  });

  it('ignores a position it has stored already', () => {
    const { checkpointer, log } = setUp();
    checkpointer.update({ lsn: lsn(10), nextEventNumber: 1, lastCommit: null });
    expect(log).toEqual([]);
  });
});
