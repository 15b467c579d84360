import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { FakeRunners } from '../../test/support/fake-runner.ts';
import { FakeSource } from '../../test/support/fake-source-driver.ts';
import { CREATED, type NewTask, newTask, temporaryDir } from '../../test/support/store-fixtures.ts';
import { FakeLogger, positionedStream, userSpec } from '../../test/support/task-fixtures.ts';
import { CdcError, type ErrorCode } from '../domain/errors.ts';
import { openStore } from '../store/sqlite/open-store.ts';
import type { Store, StoredTask } from '../store/store.ts';
import { generatedSlotName } from './names.ts';
import { parseSpec } from './spec.ts';
import { Supervisor } from './supervisor.ts';

const ID = 'abcdefghijkl';
let dir = temporaryDir();
let store: Store;
let clock: FakeClock;
let runners: FakeRunners;
let source: FakeSource;
let logger: FakeLogger;
let supervisor: Supervisor;

beforeEach(() => {
  dir = temporaryDir();
  clock = new FakeClock();
  store = openStore(dir.path, { now: clock.now, lockWaitMs: 0 });
  runners = new FakeRunners();
  source = new FakeSource();
  logger = new FakeLogger();
  supervisor = newSupervisor();
});

afterEach(() => {
  store.close();
  dir.remove();
});

function newSupervisor(): Supervisor {
  return new Supervisor({
    store,
    createRunner: runners.create,
    sourceDriver: () => source,
    now: clock.now,
    setTimer: clock.setTimer,
    random: () => 1,
    logger,
    drainTimeoutMs: 60_000,
  });
}

function putTask(overrides: Partial<NewTask>): void {
  const spec = parseSpec(userSpec({ retry: { maxAttempts: 2, initialDelayMs: 1000, maxDelayMs: 8000 } }));
  store.createTask(
    newTask(ID, { name: 'orders', spec: JSON.stringify(spec), desired: 'running', ...overrides }),
    CREATED,
  );
}

const task = (): StoredTask => store.findTask(ID)!;
const slot = () => generatedSlotName(store.installationId, ID);
const codes = () => store.listEvents(ID, 0, 1000).items.map((event) => event.code);
const fail = (code: ErrorCode) => runners.last.end({ kind: 'failed', error: new CdcError(code, `${code} happened`) });

async function startStreaming(): Promise<void> {
  putTask({ state: 'STARTING' });
  supervisor.kick(ID);
  runners.last.hooks.streaming();
  await settle();
}

/** Stores a stop as the service does. */
function requestStop(overrides: Partial<NonNullable<StoredTask['stop']>> = {}): void {
  const stop = { force: false, dropSlot: true, untilLsn: { default: '0/500' }, ...overrides };
  store.updateTask(ID, task().version, { state: 'STOPPING', desired: 'stopped', stop, attempts: 0 }, []);
}

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

describe('stop', () => {
  it('drains the running session, then drops slot and publication and completes', async () => {
    await startStreaming();
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    source.publications.add(slot());
    requestStop();
    supervisor.kick(ID);
    expect(runners.last.told).toEqual(['drain 0/500']);
    await settle();
    expect(task().state).toBe('STOPPING');
    runners.last.end({ kind: 'drained' });
    await settle();
    expect(task()).toMatchObject({ state: 'COMPLETED', stop: null });
    expect([source.slots.size, source.publications.size, runners.all.length]).toEqual([0, 0, 1]);
    expect(codes().slice(-2)).toEqual(['TASK_COMPLETED', 'SLOT_DROPPED']);
    expect(store.streams(ID)[0]).toMatchObject({
      slotOwned: false,
      publicationOwned: false,
      checkpoint: { lsn: '0/200' },
    });
    expect(clock.waiting).toBe(0);
  });

  it('opens a session to drain when none runs, and needs none when all is published', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    requestStop();
    supervisor.kick(ID);
    expect(runners.last.told).toEqual(['drain 0/500']);
    runners.last.end({ kind: 'drained' });
    await settle();
    expect(task().state).toBe('COMPLETED');
  });

  it('opens no session when everything is published or nothing was ever streamed', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    requestStop({ untilLsn: { default: '0/200' } });
    supervisor.kick(ID);
    await settle();
    expect(task().state).toBe('COMPLETED');
    expect(runners.all).toHaveLength(0);
    expect(source.slots.size).toBe(0);
  });

  it('keeps a slot on request and one the task did not create', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream('theirs', { slotOwned: false, publicationOwned: false }));
    source.addSlot('theirs');
    requestStop({ untilLsn: {} });
    supervisor.kick(ID);
    await settle();
    expect(task().state).toBe('COMPLETED');
    store.updateTask(ID, task().version, { state: 'INCREMENTAL_FAILED' }, []);
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    requestStop({ untilLsn: {}, dropSlot: false });
    supervisor.kick(ID);
    await settle();
    expect(task().state).toBe('COMPLETED');
    expect([...source.slots.keys()]).toEqual(['theirs', slot()]);
    expect(store.streams(ID)[0]?.slotOwned).toBe(true);
  });

  it('drops a slot the task did not create when the request asks for it', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream('theirs', { slotOwned: false, publicationOwned: false }));
    source.addSlot('theirs');
    requestStop({ untilLsn: {}, dropAsked: true });
    supervisor.kick(ID);
    await settle();
    expect([task().state, source.slots.size]).toEqual(['COMPLETED', 0]);
  });

  it('never drops a slot of the same name on another server', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream('cdc'));
    source.addSlot('cdc', { active: true, pid: 9 });
    source.systemId = '8000';
    requestStop({ untilLsn: {} });
    supervisor.kick(ID);
    await settle();
    expect(task()).toMatchObject({ state: 'STOP_FAILED', lastError: { code: 'SLOT_LEFT' } });
    expect(task().lastError?.message).toContain('another server');
    expect([source.slots.size, source.terminated]).toEqual([1, []]);
  });

  it('fails when the drain takes too long, keeps the slot, and can be asked for again', async () => {
    await startStreaming();
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    requestStop();
    supervisor.kick(ID);
    await clock.advance(60_000);
    expect(runners.last.told).toEqual(['drain 0/500', 'abort']);
    expect(task()).toMatchObject({ state: 'STOP_FAILED', lastError: { code: 'DRAIN_TIMEOUT' } });
    expect(source.slots.size).toBe(1);
    requestStop();
    supervisor.kick(ID);
    expect(runners.all).toHaveLength(2);
    runners.last.end({ kind: 'drained' });
    await settle();
    expect(task().state).toBe('COMPLETED');
  });

  it('retries a drain that is interrupted and gives up in time', async () => {
    await startStreaming();
    store.putStream(ID, positionedStream(slot()));
    requestStop();
    supervisor.kick(ID);
    for (let i = 0; i < 30 && task().state === 'STOPPING'; i++) {
      fail('KAFKA_UNREACHABLE');
      await clock.advance(8000);
    }
    expect(task()).toMatchObject({ state: 'STOP_FAILED', lastError: { code: 'DRAIN_TIMEOUT' } });
    expect(runners.all.length).toBeGreaterThan(3);
  });

  it('fails at once when the slot is lost', async () => {
    await startStreaming();
    store.putStream(ID, positionedStream(slot()));
    requestStop();
    supervisor.kick(ID);
    fail('SLOT_LOST');
    await settle();
    expect(task()).toMatchObject({ state: 'STOP_FAILED', lastError: { code: 'SLOT_LOST' } });
  });

  it('fails with the SQL when the slot cannot be dropped', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot(), { active: true, pid: 9 });
    source.stubborn.add(slot());
    requestStop({ untilLsn: {} });
    supervisor.kick(ID);
    await settle();
    expect(task().state).toBe('STOP_FAILED');
    expect(task().lastError?.sql).toContain(`SELECT pg_drop_replication_slot('${slot()}');`);
  });
});

describe('forced stop', () => {
  it('aborts the session, ends the reader and drops the slot', async () => {
    await startStreaming();
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot(), { active: true, pid: 9 });
    requestStop({ force: true, untilLsn: {} });
    expect(await supervisor.forceStop(ID)).toEqual({
      terminatedSessions: [{ node: 'default', pid: 9 }],
      droppedSlots: [{ node: 'default', slot: slot() }],
      remainingSlots: [],
    });
    expect(runners.last.told).toEqual(['abort']);
    expect(task().state).toBe('COMPLETED');
  });

  it('leaves a session behind that does not end', async () => {
    await startStreaming();
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    runners.last.isHanging = true;
    requestStop({ force: true, untilLsn: {} });
    const result = supervisor.forceStop(ID);
    await clock.advance(5000);
    expect((await result).droppedSlots).toHaveLength(1);
  });

  it('tells what remains when the source is unreachable, and can be repeated', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot());
    source.failure = new CdcError('SOURCE_UNREACHABLE', 'connection refused');
    requestStop({ force: true, untilLsn: {} });
    const { remainingSlots } = await supervisor.forceStop(ID);
    expect(remainingSlots).toEqual([
      { node: 'default', slot: slot(), reason: 'connection refused', sql: expect.arrayContaining([]) },
    ]);
    expect(remainingSlots[0]?.sql.at(-1)).toBe(`SELECT pg_drop_replication_slot('${slot()}');`);
    expect(task().state).toBe('STOP_FAILED');
    source.failure = null;
    requestStop({ force: true, untilLsn: {} });
    expect((await supervisor.forceStop(ID)).remainingSlots).toEqual([]);
    expect(task().state).toBe('COMPLETED');
  });

  it('answers in time when the source hangs, and interrupts a stop that hangs there', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream(slot()));
    source.gate = new Promise(() => undefined);
    requestStop({ untilLsn: {} });
    supervisor.kick(ID);
    await clock.advance(19_000);
    requestStop({ force: true, untilLsn: {} });
    const result = supervisor.forceStop(ID);
    await clock.advance(25_000);
    expect((await result).remainingSlots[0]?.reason).toContain('did not answer in time');
    expect(task().state).toBe('STOP_FAILED');
  });

  it.each([true, false])('never frees a slot twice at a time, when a stop (force: %s) is under way', async (force) => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot(), { active: true, pid: 9 });
    let open: () => void = () => undefined;
    source.gate = new Promise((resolve) => {
      open = resolve;
    });
    requestStop({ force, untilLsn: {} });
    supervisor.kick(ID);
    await settle();
    requestStop({ force: true, untilLsn: {} });
    const result = supervisor.forceStop(ID);
    await settle();
    expect(source.endpoints).toHaveLength(1);
    open();
    expect((await result).remainingSlots).toEqual([]);
    expect([task().state, source.slots.size, source.terminated]).toEqual(['COMPLETED', 0, [9]]);
  });

  it('ends the reader of a kept slot too', async () => {
    putTask({ state: 'INCREMENTAL_FAILED' });
    store.putStream(ID, positionedStream(slot()));
    source.addSlot(slot(), { active: true, pid: 9 });
    requestStop({ force: true, dropSlot: false, untilLsn: {} });
    const result = await supervisor.forceStop(ID);
    expect(result.terminatedSessions).toEqual([{ node: 'default', pid: 9 }]);
    expect([task().state, source.slots.size]).toEqual(['COMPLETED', 1]);
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
