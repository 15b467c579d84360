import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import {
  clock,
  codes,
  fail,
  ID,
  putTask,
  requestStop,
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
