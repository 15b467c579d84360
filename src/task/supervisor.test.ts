import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import { CREATED, newTask } from '../../test/support/store-fixtures.ts';
import {
  clock,
  codes,
  fail,
  ID,
  logger,
  putTask,
  runners,
  setUp,
  slot,
  source,
  startStreaming,
  store,
  supervisor,
  task,
  tearDown,
} from '../../test/support/supervisor-harness.ts';
import { positionedStream } from '../../test/support/task-fixtures.ts';
import { CdcError } from '../domain/errors.ts';

beforeEach(setUp);
afterEach(tearDown);

describe('a started task', () => {
  it('streams: STARTING, then INCREMENTAL with an event', async () => {
    await startStreaming();
    expect(task()).toMatchObject({ state: 'INCREMENTAL', lastError: null });
    expect(codes()).toEqual(['TASK_CREATED', 'STREAMING']);
    expect(supervisor.runnerStatus(ID)?.published).toBe(7);
    expect(supervisor.runnerStatus('other')).toBeNull();
  });

  it('has one session only, however often it is looked at', async () => {
    await startStreaming();
    supervisor.kick(ID);
    supervisor.kick(ID);
    await settle();
    expect(runners.all).toHaveLength(1);
  });

  it('keeps the events of its session', async () => {
    await startStreaming();
    runners.last.hooks.event({ level: 'info', code: 'TOPIC_CREATED', message: 'm', actor: 'system' });
    expect(codes()).toContain('TOPIC_CREATED');
  });
});

describe('a planned start', () => {
  it('waits for its time, beyond what one timer takes', async () => {
    const dueMs = clock.nowMs + 40 * 86_400_000;
    putTask({ state: 'PENDING_START', startAt: new Date(dueMs).toISOString() });
    supervisor.kick(ID);
    await clock.advance(40 * 86_400_000 - 1);
    expect(task().state).toBe('PENDING_START');
    await clock.advance(1);
    expect(task()).toMatchObject({ state: 'STARTING', startAt: null });
    expect(runners.all).toHaveLength(1);
  });

  it('that was cancelled does not happen', async () => {
    putTask({ state: 'PENDING_START', startAt: new Date(clock.nowMs + 1000).toISOString() });
    supervisor.kick(ID);
    store.updateTask(ID, task().version, { startAt: null, desired: 'idle' }, []);
    supervisor.kick(ID);
    await clock.advance(5000);
    expect(runners.all).toHaveLength(0);
    expect(clock.waiting).toBe(0);
  });
});

describe('after a restart of the process', () => {
  it('every task that was running goes on, others stay', async () => {
    putTask({ state: 'INCREMENTAL' });
    for (const state of ['START_FAILED', 'CONFIGURATION', 'COMPLETED', 'STOP_FAILED'] as const) {
      store.createTask(newTask(state, { state, desired: state === 'START_FAILED' ? 'running' : 'stopped' }), CREATED);
    }
    supervisor.boot();
    await settle();
    expect(runners.all.map((runner) => runner.task.id)).toEqual([ID]);
    expect(task().state).toBe('STARTING');
    fail('SLOT_LOST');
    await settle();
    expect(task().state).toBe('INCREMENTAL_FAILED');
  });

  it('a task that waited for its next attempt tries at once', async () => {
    putTask({ state: 'RETRYING', nextAttemptAt: new Date(clock.nowMs + 50_000).toISOString(), attempts: 9 });
    supervisor.boot();
    await settle();
    expect(runners.all).toHaveLength(1);
    expect(task()).toMatchObject({ state: 'RETRYING', attempts: 9, nextAttemptAt: null });
  });

  it('a stop goes on', async () => {
    putTask({
      state: 'STOPPING',
      desired: 'stopped',
      stop: { force: false, dropSlot: true, untilLsn: { default: '0/500' } },
    });
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    supervisor.boot();
    expect(runners.last.told).toEqual(['drain 0/500']);
    runners.last.end({ kind: 'drained' });
    await settle();
    expect(task().state).toBe('COMPLETED');
  });
});

describe('shutdown', () => {
  it('suspends sessions, waits for them and leaves the states', async () => {
    await startStreaming();
    const ended = supervisor.shutdown(10_000);
    expect(runners.last.told).toEqual(['shutdown 7000']);
    await ended;
    expect(task()).toMatchObject({ state: 'INCREMENTAL', desired: 'running' });
    supervisor.kick(ID);
    expect(runners.all).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it('does not wait longer than asked', async () => {
    await startStreaming();
    runners.last.isHanging = true;
    let isOver = false;
    const ended = supervisor.shutdown(10_000).then(() => {
      isOver = true;
    });
    await clock.advance(9999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await ended;
  });

  it('ends a task that waits for its next attempt, which keeps waiting in the store', async () => {
    await startStreaming();
    fail('SOURCE_UNREACHABLE');
    await settle();
    await supervisor.shutdown(10_000);
    expect(task().state).toBe('RETRYING');
    expect(clock.waiting).toBe(0);
  });
});

describe('errors of our own', () => {
  it('that cannot be stored are logged, and the task goes on when the store works again', async () => {
    await startStreaming();
    const { updateTask } = store;
    const broken = () => {
      throw new CdcError('STORE_FAILED', 'disk full');
    };
    Object.assign(store, { updateTask: broken });
    fail('SOURCE_UNREACHABLE');
    await settle();
    expect(logger.errors).toEqual(['a failure could not be stored']);
    Object.assign(store, { updateTask });
    await clock.advance(10_000);
    expect(runners.all).toHaveLength(2);
  });

  it('do not spin when the state of the task takes no failure', async () => {
    putTask({ state: 'PENDING_START', startAt: new Date(clock.nowMs).toISOString() });
    const { updateTask } = store;
    let tries = 0;
    const broken = () => {
      tries += 1;
      throw new CdcError('STORE_FAILED', 'disk full');
    };
    Object.assign(store, { updateTask: broken });
    supervisor.kick(ID);
    await clock.advance(9999);
    expect(tries).toBe(1);
    expect(logger.errors).toEqual(['a task could not be served']);
    Object.assign(store, { updateTask });
    await clock.advance(1);
    expect(task().state).toBe('STARTING');
  });

  it('a deleted task is forgotten', async () => {
    putTask({ state: 'PENDING_START', startAt: new Date(clock.nowMs + 1000).toISOString() });
    supervisor.kick(ID);
    store.deleteTask(ID);
    supervisor.forget(ID);
    await clock.advance(5000);
    expect(runners.all).toHaveLength(0);
    expect(clock.waiting).toBe(0);
  });
});
