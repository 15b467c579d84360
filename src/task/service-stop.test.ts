import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import { ServiceHarness, USER } from '../../test/support/service-harness.ts';
import { CdcError } from '../domain/errors.ts';

let harness: ServiceHarness;

beforeEach(() => {
  harness = new ServiceHarness();
});

afterEach(() => {
  expect(harness.logger.errors).toEqual([]);
  harness.close();
});

const stop = (id: string, dropSlot?: boolean) =>
  harness.service.stop(id, { force: false, ...(dropSlot !== undefined && { dropSlot }) }, USER);
const NOTHING = { terminatedSessions: [], droppedSlots: [], remainingSlots: [] };

async function failedWith(code: 'SLOT_LOST' | 'SOURCE_AUTH', id: string): Promise<void> {
  harness.runners.last.end({ kind: 'failed', error: new CdcError(code, 'x') });
  await settle();
  expect(harness.service.get(id).state).toBe('INCREMENTAL_FAILED');
}

describe('stop', () => {
  it('publishes up to the position of the moment, then drops the slot', async () => {
    const { id } = await harness.streaming();
    const view = await stop(id);
    expect(view).toMatchObject({ state: 'STOPPING', drsStatus: 'RELEASE_RESOURCE_STARTED', desiredState: 'stopped' });
    expect(harness.runners.last.told).toEqual(['drain 0/500']);
    await expect(stop(id)).rejects.toMatchObject({ code: 'ILLEGAL_STATE', data: { allowedCommands: ['forced-stop'] } });
    harness.runners.last.end({ kind: 'drained' });
    await settle();
    expect(harness.service.get(id)).toMatchObject({ state: 'COMPLETED', allowedCommands: ['delete'] });
    expect([harness.source.slots.size, harness.source.publications.size]).toEqual([0, 0]);
    expect(harness.codes(id).slice(-4)).toEqual([
      'STOP_REQUESTED',
      'TASK_COMPLETED',
      'SESSION_TERMINATED',
      'SLOT_DROPPED',
    ]);
    await expect(stop(id)).rejects.toMatchObject({ code: 'ILLEGAL_STATE', http: 409 });
  });

  it('changes nothing while the position cannot be read', async () => {
    const { id } = await harness.streaming();
    harness.source.failure = new CdcError('SOURCE_CONNECTION_LOST', 'refused');
    await expect(stop(id)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      http: 502,
      hint: expect.stringContaining('force'),
    });
    harness.source.failure = null;
    harness.source.gate = new Promise(() => undefined);
    const late = expect(stop(id)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    await harness.clock.advance(10_000);
    await late;
    expect(harness.service.get(id)).toMatchObject({ state: 'INCREMENTAL', desiredState: 'running' });
    expect(harness.runners.last.told).toEqual([]);
  });

  it('of a task that never started completes it without a word to the source', async () => {
    const id = await harness.prechecked();
    expect(await stop(id)).toMatchObject({ state: 'COMPLETED' });
    expect(harness.source.endpoints).toEqual([]);
  });

  it('of a start that failed before anything was made completes it without another login', async () => {
    const id = await harness.prechecked();
    harness.service.start(id, {}, USER);
    harness.runners.last.end({ kind: 'failed', error: new CdcError('SOURCE_AUTH', 'wrong password') });
    await settle();
    await stop(id);
    await settle();
    expect(harness.service.get(id).state).toBe('COMPLETED');
    expect(harness.source.endpoints).toEqual([]);
  });

  it('keeps the slot when the request or the spec says so', async () => {
    const first = await harness.streaming();
    await stop(first.id, false);
    harness.runners.last.end({ kind: 'drained' });
    const second = await harness.streaming({
      name: 'other',
      source: {
        ...(harness.service.get(first.id).spec as { source: object }).source,
        password: 'p',
        slot: { dropOnStop: false },
      },
    });
    await stop(second.id);
    harness.runners.last.end({ kind: 'drained' });
    await settle();
    expect([...harness.source.slots.keys()]).toEqual([first.slot, second.slot]);
    expect(harness.service.get(second.id).state).toBe('COMPLETED');
  });
});

describe('forced stop', () => {
  it('answers with what was found and done', async () => {
    const { id, slot } = await harness.streaming();
    const result = await harness.service.forceStop(id, {}, USER);
    expect(result).toMatchObject({
      task: { id, state: 'COMPLETED' },
      terminatedSessions: [{ node: 'default', pid: 77 }],
      droppedSlots: [{ node: 'default', slot }],
      remainingSlots: [],
    });
    expect(harness.runners.last.told).toEqual(['abort']);
    expect(harness.codes(id)).toEqual(
      expect.arrayContaining(['FORCED_STOP_REQUESTED', 'SESSION_TERMINATED', 'SLOT_DROPPED']),
    );
  });

  it('of a completed task and of one that never started does nothing', async () => {
    const id = harness.create();
    expect(await harness.service.forceStop(id, {}, USER)).toMatchObject({ task: { state: 'COMPLETED' }, ...NOTHING });
    expect(await harness.service.forceStop(id, {}, USER)).toMatchObject({ task: { state: 'COMPLETED' }, ...NOTHING });
    expect(harness.source.endpoints).toEqual([]);
  });

  it('while slots remain is STOP_FAILED and can be repeated', async () => {
    const { id, slot } = await harness.streaming();
    harness.source.failure = new CdcError('SOURCE_UNREACHABLE', 'refused');
    const first = await harness.service.forceStop(id, {}, USER);
    expect(first).toMatchObject({ task: { state: 'STOP_FAILED' }, remainingSlots: [{ slot, reason: 'refused' }] });
    expect(first.remainingSlots[0]?.sql).toContain(`SELECT pg_drop_replication_slot('${slot}');`);
    harness.source.failure = null;
    const second = await harness.service.forceStop(id, {}, USER);
    expect(second).toMatchObject({ task: { state: 'COMPLETED' }, droppedSlots: [{ slot }], remainingSlots: [] });
  });

  it('ends a stop that is under way', async () => {
    const { id } = await harness.streaming();
    await stop(id);
    const result = await harness.service.forceStop(id, {}, USER);
    expect(result.task.state).toBe('COMPLETED');
    expect(harness.runners.last.told).toEqual(['drain 0/500', 'abort']);
  });

  it('ends the pause between two attempts', async () => {
    const { id } = await harness.streaming();
    harness.runners.last.end({ kind: 'failed', error: new CdcError('KAFKA_UNREACHABLE', 'x') });
    await settle();
    expect(harness.service.get(id).state).toBe('RETRYING');
    expect((await harness.service.forceStop(id, {}, USER)).task.state).toBe('COMPLETED');
    expect(harness.clock.waiting).toBe(0);
  });

  it('answers within 30 seconds when source and session hang', async () => {
    const { id, slot } = await harness.streaming();
    harness.runners.last.isHanging = true;
    harness.source.gate = new Promise(() => undefined);
    const result = harness.service.forceStop(id, {}, USER);
    await harness.clock.advance(29_000);
    expect(await result).toMatchObject({ task: { state: 'STOP_FAILED' }, remainingSlots: [{ slot }] });
  });
});

describe('delete', () => {
  it('removes a task that holds nothing', async () => {
    const id = harness.create();
    await harness.service.delete(id, { force: false }, USER);
    expect(() => harness.service.get(id)).toThrow(expect.objectContaining({ code: 'TASK_NOT_FOUND' }));
  });

  it('is refused while the task runs; by force it stops the task first', async () => {
    const { id } = await harness.streaming();
    await expect(harness.service.delete(id, { force: false }, USER)).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    await harness.service.delete(id, { force: true }, USER);
    expect(harness.runners.last.told).toEqual(['abort']);
    expect(harness.source.slots.size).toBe(0);
    expect(harness.store.allTasks()).toEqual([]);
  });

  it('is refused while the own slot exists; by force it is dropped', async () => {
    const { id, slot } = await harness.streaming();
    await stop(id, false);
    harness.runners.last.end({ kind: 'drained' });
    await settle();
    await expect(harness.service.delete(id, { force: false }, USER)).rejects.toMatchObject({
      code: 'SLOT_LEFT',
      http: 409,
      sql: expect.arrayContaining([`SELECT pg_drop_replication_slot('${slot}');`]),
    });
    harness.source.failure = new CdcError('SOURCE_UNREACHABLE', 'refused');
    for (const force of [false, true]) {
      await expect(harness.service.delete(id, { force }, USER)).rejects.toMatchObject({ code: 'SLOT_LEFT' });
    }
    harness.source.failure = null;
    await harness.service.delete(id, { force: true }, USER);
    expect([harness.source.slots.size, harness.source.publications.size]).toEqual([0, 0]);
    expect(harness.store.allTasks()).toEqual([]);
  });

  it('leaves the slot of a source that is gone for good behind when told to, and logs it', async () => {
    const { id, slot } = await harness.streaming();
    harness.source.failure = new CdcError('SOURCE_UNREACHABLE', 'refused');
    await expect(harness.service.delete(id, { force: true }, USER)).rejects.toMatchObject({
      code: 'SLOT_LEFT',
      hint: expect.stringContaining('abandonSlot=true'),
      sql: expect.arrayContaining([`SELECT pg_drop_replication_slot('${slot}');`]),
    });
    await expect(harness.service.delete(id, { force: false, abandonSlot: true }, USER)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    await harness.service.delete(id, { force: true, abandonSlot: true }, USER);
    expect(harness.store.allTasks()).toEqual([]);
    expect(harness.logger.warnings.at(-1)).toMatchObject({
      fields: { taskId: id, actor: USER, remainingSlots: [{ slot, reason: expect.stringContaining('refused') }] },
      message: 'task deleted, its slots are abandoned',
    });
  });

  it('drops the slot also when it may be abandoned', async () => {
    const { id } = await harness.streaming();
    await harness.service.delete(id, { force: true, abandonSlot: true }, USER);
    expect([harness.source.slots.size, harness.store.allTasks().length]).toEqual([0, 0]);
  });

  it('goes through when the slot is gone already', async () => {
    const { id } = await harness.streaming();
    await failedWith('SLOT_LOST', id);
    harness.source.slots.clear();
    await harness.service.delete(id, { force: false }, USER);
    expect(harness.store.allTasks()).toEqual([]);
  });

  it('by force never drops a slot that the task did not create', async () => {
    const { id, slot } = await harness.streaming();
    const [stream] = harness.store.streams(id);
    harness.store.putStream(id, { ...stream!, slotOwned: false });
    await failedWith('SOURCE_AUTH', id);
    await harness.service.delete(id, { force: true }, USER);
    expect([...harness.source.slots.keys()]).toEqual([slot]);
  });

  it('of a planned start cancels it', async () => {
    const id = await harness.prechecked();
    harness.service.start(id, { startAt: new Date(harness.clock.nowMs + 5000).toISOString() }, USER);
    await harness.service.delete(id, { force: false }, USER);
    await harness.clock.advance(10_000);
    expect(harness.runners.all).toHaveLength(0);
    expect(harness.clock.waiting).toBe(0);
  });
});
