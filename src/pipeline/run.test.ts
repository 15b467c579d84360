import { describe, expect, it } from 'vitest';
import { change, lsn, prepared, relation, setUp, transaction } from '../../test/support/pipeline-harness.ts';
import { CdcError as CdcFailure } from '../domain/errors.ts';
import type { Relation } from '../domain/relation.ts';
import type { Binding } from './binding.ts';

describe('StreamPipeline', () => {
  it('holds the stream until an unknown relation is ready', async () => {
    const { pipeline, stream, log } = setUp();
    pipeline.attach(stream);
    pipeline.relation(relation);
    expect(stream.isPaused).toBe(true);
    await Promise.resolve();
    await Promise.resolve();
    expect(log).toEqual(['resume', 'pause', 'resume']);
  });

  it('stores and confirms a transaction only after Kafka has it', async () => {
    const { pipeline, log, acknowledge } = await prepared();
    pipeline.begin(transaction);
    pipeline.change(change(101));
    pipeline.commit(lsn(110));
    pipeline.idle();
    expect(log).toEqual(['flush 1']);
    acknowledge();
    expect(log).toEqual(['flush 1', 'store 110 next 2', 'confirm 110']);
  });

  it('tells each transaction where the one before it ended', async () => {
    const { pipeline } = await prepared({ previousLsn: lsn(100) });
    pipeline.begin(transaction);
    expect(transaction.previousLsn).toBe(lsn(100));
    pipeline.commit(lsn(110));
    pipeline.keepalive(lsn(150), 'delivered');
    pipeline.begin(transaction);
    expect(transaction.previousLsn).toBe(lsn(110));
    (await prepared()).pipeline.begin(transaction);
    expect(transaction.previousLsn).toBeNull();
  });

  it('stores the end of the last transaction, also with the position of an idle stream behind it', async () => {
    const { pipeline, window } = await prepared();
    pipeline.keepalive(lsn(105), 'delivered');
    expect(window.position).toEqual({ lsn: lsn(105), nextEventNumber: 1, lastCommit: null });
    pipeline.begin(transaction);
    pipeline.commit(lsn(110));
    pipeline.keepalive(lsn(150), 'delivered');
    expect(window.position).toEqual({ lsn: lsn(150), nextEventNumber: 1, lastCommit: lsn(110) });
  });

  it('confirms a keepalive only when nothing is open or in flight', async () => {
    const { pipeline, log, acknowledge } = await prepared();
    pipeline.begin(transaction);
    pipeline.keepalive(lsn(150), 'delivered');
    pipeline.change(change(101));
    pipeline.commit(lsn(110));
    pipeline.keepalive(lsn(160), 'delivered');
    pipeline.idle();
    pipeline.keepalive(lsn(170), 'delivered');
    expect(log).toEqual(['flush 1']);
    acknowledge();
    pipeline.keepalive(lsn(180), 'delivered');
    expect(log.slice(1)).toEqual(['store 110 next 2', 'confirm 110', 'store 180 next 2', 'confirm 180']);
  });

  it('neither confirms nor stops at a keepalive that runs ahead of the changes', async () => {
    const { pipeline, log } = await prepared();
    pipeline.stopAt(lsn(150));
    pipeline.keepalive(lsn(200), 'ahead');
    expect(log.filter((line) => line !== 'ping')).toEqual([]);
    expect([pipeline.serverLsn, pipeline.deliveredLsn, pipeline.isIdle]).toEqual([lsn(200), lsn(0), true]);
  });

  it('stops at a quiet keepalive without confirming it', async () => {
    const { pipeline, log } = await prepared();
    pipeline.stopAt(lsn(150));
    pipeline.keepalive(lsn(149), 'quiet');
    expect(log).not.toContain('drained');
    pipeline.keepalive(lsn(150), 'quiet');
    expect(log).toContain('drained');
    expect(log.filter((line) => line.startsWith('confirm'))).toEqual([]);
    expect(pipeline.deliveredLsn).toBe(lsn(150));
  });

  it('lets the open arena fill while a batch is in flight and sends it on acknowledgement', async () => {
    const { pipeline, log, acknowledge } = await prepared();
    pipeline.begin(transaction);
    pipeline.change(change(101));
    pipeline.idle();
    pipeline.change(change(102));
    pipeline.idle();
    expect(log).toEqual(['flush 1']);
    acknowledge();
    expect(log).toEqual(['flush 1', 'flush 2']);
  });

  it('sends an arena that waited too long for a batch in flight', async () => {
    const { pipeline, log, acknowledge, timers } = await prepared();
    pipeline.begin(transaction);
    pipeline.change(change(101));
    pipeline.idle();
    pipeline.change(change(102));
    pipeline.idle();
    pipeline.idle();
    expect(timers).toHaveLength(1);
    timers[0]!();
    expect(log).toEqual(['flush 1', 'flush 2', 'pause']);
    expect(timers).toEqual([]);
    pipeline.change(change(103));
    pipeline.idle();
    acknowledge();
    acknowledge();
    expect(log.at(-1)).toBe('flush 3');
    expect(timers).toEqual([]);
  });

  it('pauses when batches pile up and resumes when they drain', async () => {
    const { pipeline, stream, acknowledge } = await prepared({ recordsPerBatch: 1 });
    pipeline.begin(transaction);
    pipeline.change(change(101));
    expect(stream.isPaused).toBe(false);
    pipeline.change(change(102));
    expect(stream.isPaused).toBe(true);
    acknowledge();
    expect(stream.isPaused).toBe(false);
  });

  it('does not number or publish changes of tables that are not selected', async () => {
    const other: Relation = { ...relation, oid: 2, table: 'other' };
    const { pipeline, published } = await prepared({ prepare: async (of) => (of.oid === 2 ? null : ({} as Binding)) });
    pipeline.relation(other);
    await Promise.resolve();
    await Promise.resolve();
    pipeline.begin(transaction);
    pipeline.change(change(101, other));
    pipeline.change(change(102));
    expect(published).toEqual([1]);
    expect(pipeline.skipped).toBe(1);
  });

  it('skips what was published before a cut, with the same numbers', async () => {
    const { pipeline, published } = await prepared({ skipThrough: { eventNumber: 2, lsn: '0/66' } });
    pipeline.begin(transaction);
    pipeline.change(change(0x65));
    pipeline.change(change(0x66));
    pipeline.change(change(0x67));
    expect(published).toEqual([3]);
  });

  it('stops with POSITION_MISMATCH when the replayed change is another one', async () => {
    const { pipeline } = await prepared({ skipThrough: { eventNumber: 1, lsn: '0/66' } });
    pipeline.begin(transaction);
    expect(() => pipeline.change(change(0x65))).toThrow(expect.objectContaining({ code: 'POSITION_MISMATCH' }));
  });

  it('drains up to the position of the stop and not into the next transaction', async () => {
    const { pipeline, stream, log, acknowledge } = await prepared();
    pipeline.begin(transaction);
    pipeline.change(change(101));
    pipeline.stopAt(lsn(105));
    pipeline.commit(lsn(110));
    expect(stream.isPaused).toBe(true);
    expect(log).not.toContain('drained');
    acknowledge();
    expect(log.slice(-3)).toEqual(['store 110 next 2', 'confirm 110', 'drained']);
  });

  it('drains at once on a keepalive when the source has nothing more', async () => {
    const { pipeline, log } = await prepared();
    pipeline.stopAt(lsn(105));
    expect(log).toEqual(['ping']);
    pipeline.keepalive(lsn(105), 'delivered');
    expect(log.at(-1)).toBe('drained');
  });

  it('counts event numbers of truncated tables', async () => {
    const { pipeline, published } = await prepared({ truncated: () => 2 });
    pipeline.begin(transaction);
    pipeline.truncate([relation], lsn(101));
    pipeline.change(change(102));
    expect(published).toEqual([3]);
  });

  it('publishes and confirms what came before a refused TRUNCATE, and fails then', async () => {
    const refuse = () => {
      throw new CdcFailure('TRUNCATE_SEEN', 'TRUNCATE of public.t');
    };
    const { pipeline, acknowledge, failures, log } = await prepared({ truncated: refuse });
    pipeline.begin(transaction);
    pipeline.change(change(101));
    pipeline.commit(lsn(110));
    pipeline.begin(transaction);
    pipeline.truncate([relation], lsn(120));
    expect(failures).toEqual([]);
    acknowledge();
    expect(log).toContain('confirm 110');
    expect(failures).toEqual([expect.objectContaining({ code: 'TRUNCATE_SEEN' })]);
    expect(log).not.toContain('drained');
  });

  it('reports a failure once and stores nothing after it', async () => {
    const { pipeline, failures, log } = await prepared();
    pipeline.failed(new CdcFailure('KAFKA_UNREACHABLE', 'gone'));
    pipeline.failed(new CdcFailure('KAFKA_UNREACHABLE', 'gone again'));
    pipeline.keepalive(lsn(500), 'delivered');
    expect(failures).toHaveLength(1);
    expect(log.filter((line) => line.startsWith('confirm'))).toEqual([]);
  });
});
