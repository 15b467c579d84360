import { describe, expect, it } from 'vitest';
import { StepClock } from '../../../test/support/step-clock.ts';
import { toLsn } from '../../domain/lsn.ts';
import type { SourceNotice } from '../source.ts';
import { type DecodeProgress, IdleSlot } from './idle-slot.ts';

const START = toLsn(0x100_0000n);
const FAR = toLsn(0x100_0000n + 1024n * 1024n);

function setUp(outcome: 'written' | 'missing' | 'denied' = 'written') {
  const clock = new StepClock();
  const notices: SourceNotice[] = [];
  const world = { beats: 0, outcome, progress: null as DecodeProgress | null, failure: null as Error | null };
  const idle = new IdleSlot(
    {
      beat: async () => {
        world.beats++;
        if (world.failure !== null) throw world.failure;
        return world.outcome;
      },
      progress: async () => world.progress,
      notice: (notice) => notices.push(notice),
      intervalMs: 10_000,
      setTimer: clock.setTimer,
      sql: ['CREATE TABLE …'],
    },
    START,
  );
  idle.start();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { idle, world, clock, notices, settle };
}

describe('IdleSlot', () => {
  it('writes a heartbeat only while the WAL runs away from the last commit', async () => {
    const { idle, world, clock, settle } = setUp();
    idle.keepalive(toLsn(FAR - 1n));
    clock.advance(10_000);
    await settle();
    expect(world.beats).toBe(0);
    expect(idle.keepalive(FAR)).toEqual({ lsn: FAR, reach: 'ahead' });
    clock.advance(10_000);
    await settle();
    expect(world.beats).toBe(1);
    idle.delivered(FAR);
    clock.advance(10_000);
    await settle();
    expect(world.beats).toBe(1);
  });

  it('writes one at once when asked, and again until it worked', async () => {
    const { idle, world, clock, settle } = setUp();
    world.failure = new Error('connection lost');
    idle.ask();
    await settle();
    world.failure = null;
    for (let second = 0; second < 20; second++) {
      clock.advance(1000);
      await settle();
    }
    expect(world.beats).toBe(2);
  });

  it('without the table, tells from empty queues and two keepalives in silence that all was delivered', async () => {
    const { idle, world, notices, settle } = setUp('missing');
    world.progress = { readerLsn: FAR, queued: 0 };
    idle.ask();
    await settle();
    const later = toLsn(FAR + 100n);
    expect(idle.keepalive(later)).toEqual({ lsn: later, reach: 'ahead' });
    expect(idle.keepalive(later)).toEqual({ lsn: FAR, reach: 'quiet' });
    expect(idle.keepalive(later).reach).toBe('ahead');
    expect(notices).toMatchObject([{ code: 'HEARTBEAT_UNAVAILABLE', data: { sql: ['CREATE TABLE …'] } }]);
  });

  it('does not call it quiet when a commit came or something was queued', async () => {
    const { idle, world, clock, settle } = setUp('denied');
    world.progress = { readerLsn: FAR, queued: 3 };
    idle.ask();
    await settle();
    expect([idle.keepalive(FAR).reach, idle.keepalive(FAR).reach]).toEqual(['ahead', 'ahead']);
    world.progress = { readerLsn: FAR, queued: 0 };
    clock.advance(1000);
    await settle();
    idle.keepalive(FAR);
    idle.delivered(toLsn(START + 1n));
    expect([idle.keepalive(FAR).reach, idle.keepalive(FAR).reach]).toEqual(['ahead', 'ahead']);
  });

  it('does nothing after it was closed', async () => {
    const { idle, world, clock, settle } = setUp();
    idle.keepalive(FAR);
    idle.close();
    clock.advance(60_000);
    await settle();
    expect(world.beats).toBe(0);
  });
});
