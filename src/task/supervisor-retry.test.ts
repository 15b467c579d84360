import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import {
  clock,
  codes,
  fail,
  ID,
  putTask,
  runners,
  setUp,
  startStreaming,
  store,
  supervisor,
  task,
  tearDown,
} from '../../test/support/supervisor-harness.ts';

beforeEach(setUp);
afterEach(tearDown);

describe('timed errors', () => {
  it('are retried without limit, with growing waits up to the cap', async () => {
    await startStreaming();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      fail('SOURCE_UNREACHABLE');
      await settle();
      expect(task()).toMatchObject({ state: 'RETRYING', attempts: i + 1, lastError: { code: 'SOURCE_UNREACHABLE' } });
      const wait = Date.parse(task().nextAttemptAt!) - clock.nowMs;
      waits.push(wait);
      await clock.advance(wait - 1);
      expect(runners.all).toHaveLength(i + 1);
      await clock.advance(1);
      expect(runners.all).toHaveLength(i + 2);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000]);
    expect(task().state).toBe('RETRYING');
    runners.last.hooks.streaming();
    expect(task()).toMatchObject({ state: 'INCREMENTAL', lastError: null, nextAttemptAt: null });
  });

  it('count from one again after a healthy minute', async () => {
    await startStreaming();
    fail('SOURCE_SILENT');
    await clock.advance(1000);
    runners.last.hooks.streaming();
    await clock.advance(59_999);
    expect(task().attempts).toBe(1);
    await clock.advance(1);
    expect(task().attempts).toBe(0);
    fail('SOURCE_SILENT');
    await settle();
    expect(task().attempts).toBe(1);
  });

  it('do not use up the tries of other errors', async () => {
    await startStreaming();
    for (let i = 0; i < 5; i++) {
      fail('KAFKA_UNREACHABLE');
      await clock.advance(8000);
    }
    fail('KAFKA_REQUEST');
    await settle();
    expect(task().state).toBe('RETRYING');
  });
});

describe('other errors', () => {
  it('are retried maxAttempts times, then fail the task', async () => {
    await startStreaming();
    for (let i = 0; i < 2; i++) {
      fail('KAFKA_REQUEST');
      await settle();
      expect(task().state).toBe('RETRYING');
      await clock.advance(8000);
    }
    fail('KAFKA_REQUEST');
    await clock.advance(100_000);
    expect(task()).toMatchObject({
      state: 'INCREMENTAL_FAILED',
      nextAttemptAt: null,
      lastError: { code: 'KAFKA_REQUEST' },
    });
    expect(runners.all).toHaveLength(3);
    expect(codes().slice(-3)).toEqual(['KAFKA_REQUEST', 'KAFKA_REQUEST', 'KAFKA_REQUEST']);
  });

  it('fail the start when the stream was never open', async () => {
    putTask({ state: 'STARTING' });
    supervisor.kick(ID);
    for (let i = 0; i < 3; i++) {
      fail('OBJECTS_EMPTY');
      await clock.advance(8000);
    }
    expect(task().state).toBe('START_FAILED');
  });

  it('a refused login is tried exactly once', async () => {
    putTask({ state: 'STARTING' });
    supervisor.kick(ID);
    fail('SOURCE_AUTH');
    await clock.advance(1_000_000);
    expect(task()).toMatchObject({ state: 'START_FAILED', attempts: 1, lastError: { code: 'SOURCE_AUTH' } });
    expect(runners.all).toHaveLength(1);
  });

  it('a lost slot fails the task at once and a new start is a fresh one', async () => {
    await startStreaming();
    fail('SLOT_LOST');
    await settle();
    expect(task().state).toBe('INCREMENTAL_FAILED');
    store.updateTask(ID, task().version, { state: 'STARTING', attempts: 0 }, []);
    supervisor.kick(ID);
    fail('SLOT_LOST');
    await settle();
    expect(task().state).toBe('START_FAILED');
  });

  it('an unreadable spec ends in the state of the task', async () => {
    putTask({ state: 'STARTING', spec: '{"name":"x","unknown":1}' });
    supervisor.kick(ID);
    await clock.advance(100_000);
    expect(task()).toMatchObject({ state: 'START_FAILED', lastError: { code: 'SPEC_INVALID' } });
    expect(runners.all).toHaveLength(0);
  });

  it('a session that ends by itself is started again', async () => {
    await startStreaming();
    runners.last.end({ kind: 'suspended' });
    await settle();
    expect(task()).toMatchObject({ state: 'RETRYING', lastError: { code: 'INTERNAL' } });
  });
});
