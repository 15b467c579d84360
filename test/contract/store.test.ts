import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/sqlite/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { CREATED, newStream, newTask, temporaryDir } from '../support/store-fixtures.ts';

const dir = { current: temporaryDir() };
let store: Store;

beforeEach(() => {
  dir.current = temporaryDir();
  store = openStore(dir.current.path, { now: () => Date.UTC(2026, 0, 2), lockWaitMs: 0 });
});

afterEach(() => {
  store.close();
  dir.current.remove();
});

const CHECKPOINT = {
  lsn: '0/100',
  nextEventNumber: 1_767_225_600_000_000,
  lastCommitLsn: '0/F0',
  publishedThrough: null,
};

describe('tasks', () => {
  it('gives back what was stored, by id and by name without case', () => {
    const stored = store.createTask(newTask('a', { name: 'Orders', attempts: 2 }), CREATED);
    expect(stored).toMatchObject({ id: 'a', version: 1, createdAt: '2026-01-02T00:00:00.000Z' });
    expect(store.findTask('a')).toEqual(stored);
    expect(store.findTask('oRDERS')).toEqual(stored);
    expect(store.findTask('b')).toBeNull();
  });

  it('refuses a name that differs in case only, on create and on rename, and stores nothing of it', () => {
    store.createTask(newTask('a', { name: 'orders' }), CREATED);
    expect(() => store.createTask(newTask('b', { name: 'ORDERS' }), CREATED)).toThrow(
      expect.objectContaining({ code: 'NAME_TAKEN' }),
    );
    expect(store.allTasks().map((task) => task.id)).toEqual(['a']);
    store.createTask(newTask('b', { name: 'other' }), CREATED);
    const rename = () => store.updateTask('b', 1, { name: 'Orders', state: 'COMPLETED' }, [CREATED]);
    expect(rename).toThrow(expect.objectContaining({ code: 'NAME_TAKEN' }));
    expect(store.findTask('b')).toMatchObject({ name: 'other', state: 'CONFIGURATION', version: 1 });
    expect(store.listEvents('b', 0, 10).items).toHaveLength(1);
  });

  it('updates a task and adds its events at once, and only from the version that was read', () => {
    store.createTask(newTask('a'), CREATED);
    const patch = {
      state: 'COMPLETED',
      lastError: { code: 'X', message: 'm', hint: 'h', sql: ['s'], at: 't' },
    } as const;
    const next = store.updateTask('a', 1, patch, [{ ...CREATED, code: 'SECOND', data: { n: 1 } }]);
    expect(next).toMatchObject({ version: 2, ...patch });
    expect(store.findTask('a')).toEqual(next);
    expect(() => store.updateTask('a', 1, {}, [CREATED])).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(store.listEvents('a', 0, 10).items.map((event) => event.code)).toEqual(['TASK_CREATED', 'SECOND']);
    expect(() => store.updateTask('b', 1, {}, [])).toThrow(expect.objectContaining({ code: 'TASK_NOT_FOUND' }));
  });

  it('pages through tasks in the order of creation, also when one of them is deleted meanwhile', () => {
    for (const id of ['z', 'm', 'a', 'k']) store.createTask(newTask(id), CREATED);
    const first = store.listTasks({ limit: 2 });
    expect(first.items.map((task) => task.id)).toEqual(['z', 'm']);
    store.deleteTask('m');
    const second = store.listTasks({ limit: 2, cursor: first.nextCursor! });
    expect(second.items.map((task) => task.id)).toEqual(['a', 'k']);
    expect(second.nextCursor).toBeNull();
    expect(() => store.listTasks({ limit: 2, cursor: 'x' })).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  });

  it('filters by state and by a part of the name', () => {
    store.createTask(newTask('a', { name: 'orders-eu' }), CREATED);
    store.createTask(newTask('b', { name: 'orders-us', state: 'COMPLETED' }), CREATED);
    store.createTask(newTask('c', { name: 'stock_%' }), CREATED);
    expect(store.listTasks({ limit: 9, name: 'ORDERS' }).items.map((task) => task.id)).toEqual(['a', 'b']);
    expect(store.listTasks({ limit: 9, name: '%' }).items.map((task) => task.id)).toEqual(['c']);
    expect(store.listTasks({ limit: 9, state: 'COMPLETED' }).items.map((task) => task.id)).toEqual(['b']);
  });

  it('deletes a task with everything that belongs to it', () => {
    store.createTask(newTask('a'), CREATED);
    store.putStream('a', newStream());
    store.putRelation('a', { node: 'default', oid: 1, description: '{}' });
    store.putTopicPartitions('a', 't', 3);
    store.putTotals('a', { published: 1, bytes: 2, skipped: 3, tables: [] });
    store.deleteTask('a');
    expect(store.findTask('a')).toBeNull();
    expect(store.streams('a')).toEqual([]);
    expect(store.relation('a', 'default', 1)).toBeNull();
    expect(store.topicPartitions('a', 't')).toBeNull();
    expect(store.totals('a')).toBeNull();
    expect(store.listEvents('a', 0, 10).items).toEqual([]);
  });
});

describe('events', () => {
  it('are numbered over all tasks and paged by number', () => {
    store.createTask(newTask('a'), CREATED);
    store.createTask(newTask('b'), CREATED);
    for (let i = 0; i < 3; i++) store.addEvent('a', { ...CREATED, message: `m${i}` });
    const first = store.listEvents('a', 0, 2);
    expect(first.items.map((event) => event.message)).toEqual(['task created', 'm0']);
    const second = store.listEvents('a', Number(first.nextCursor), 2);
    expect(second.items.map((event) => event.message)).toEqual(['m1', 'm2']);
    expect(second.nextCursor).toBeNull();
    expect(second.items[0]).toMatchObject({ taskId: 'a', time: '2026-01-02T00:00:00.000Z', level: 'info' });
  });
});

describe('streams', () => {
  beforeEach(() => {
    store.createTask(newTask('a'), CREATED);
    store.putStream('a', newStream());
  });

  it('keep slot, checkpoint and producer exactly', () => {
    store.putCheckpoint('a', 'default', { ...CHECKPOINT, publishedThrough: { eventNumber: 7, lsn: '0/120' } });
    const identity = { producerId: '1', epoch: 0, clusterId: 'k4' };
    store.putProducer('a', 'default', identity);
    expect(store.streams('a')[0]?.producer).toEqual(identity);
    store.putProducer('a', 'default', { producerId: '9007199254740993', epoch: 3 });
    expect(store.streams('a')).toEqual([
      newStream({
        checkpoint: { ...CHECKPOINT, publishedThrough: { eventNumber: 7, lsn: '0/120' } },
        producer: { producerId: '9007199254740993', epoch: 3 },
      }),
    ]);
  });

  it('never move a checkpoint back, neither its position nor its number', () => {
    store.putCheckpoint('a', 'default', { ...CHECKPOINT, lsn: '1/0' });
    const back = { ...CHECKPOINT, lsn: '0/FFFFFFFF', nextEventNumber: CHECKPOINT.nextEventNumber + 1 };
    expect(() => store.putCheckpoint('a', 'default', back)).toThrow('would move back');
    const renumbered = { ...CHECKPOINT, lsn: '1/10', nextEventNumber: CHECKPOINT.nextEventNumber - 1 };
    expect(() => store.putCheckpoint('a', 'default', renumbered)).toThrow('would move back');
    expect(store.streams('a')[0]?.checkpoint?.lsn).toBe('1/0');
  });

  it('refuse a checkpoint or producer for a stream that does not exist', () => {
    expect(() => store.putCheckpoint('a', 'dn2', CHECKPOINT)).toThrow(
      expect.objectContaining({ code: 'STORE_FAILED' }),
    );
    const identity = { producerId: '1', epoch: 0 };
    expect(() => store.putProducer('a', 'dn2', identity)).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }));
    expect(() => store.putStream('gone', newStream())).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }));
  });

  it('can be replaced and removed', () => {
    store.putStream('a', newStream({ slotOwned: false, publicationOwned: false }));
    expect(store.streams('a')).toEqual([newStream({ slotOwned: false, publicationOwned: false })]);
    store.deleteStream('a', 'default');
    expect(store.streams('a')).toEqual([]);
  });
});

describe('what a task learnt', () => {
  it('is kept per task and the last word counts', () => {
    store.createTask(newTask('a'), CREATED);
    store.putRelation('a', { node: 'default', oid: 4_294_967_295, description: '1' });
    store.putRelation('a', { node: 'default', oid: 4_294_967_295, description: '2' });
    store.putTopicPartitions('a', 't', 3);
    const tables = [{ schema: 's', table: 't', topic: 't', inserted: 1, updated: 2, deleted: 3, failed: 0 }];
    store.putTotals('a', { published: 6, bytes: 7, skipped: 8, tables });
    expect(store.relation('a', 'default', 4_294_967_295)?.description).toBe('2');
    expect(store.topicPartitions('a', 't')).toBe(3);
    expect(store.totals('a')).toEqual({ published: 6, bytes: 7, skipped: 8, tables });
  });
});
