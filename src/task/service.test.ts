import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import { sourceTable } from '../../test/support/fake-source-driver.ts';
import { ServiceHarness, USER } from '../../test/support/service-harness.ts';
import { check, PASSWORD, report, userSpec } from '../../test/support/task-fixtures.ts';
import { CdcError } from '../domain/errors.ts';
import type { PrecheckReport } from '../domain/task.ts';

let harness: ServiceHarness;

beforeEach(() => {
  harness = new ServiceHarness();
});

afterEach(() => {
  expect(harness.logger.errors).toEqual([]);
  harness.close();
});

const refusal = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const illegal = (...allowedCommands: string[]) =>
  refusal('ILLEGAL_STATE', { http: 409, data: expect.objectContaining({ allowedCommands }) });

/** Stores a precheck report as if it had run. */
function putReport(id: string, precheck: PrecheckReport): void {
  const task = harness.store.findTask(id)!;
  const state = precheck.status === 'FAILED' ? 'CONFIGURATION' : 'PENDING_START';
  harness.store.updateTask(id, task.version, { precheck, state }, []);
}

describe('create', () => {
  it('stores the task and shows it without secrets', () => {
    const view = harness.service.create(userSpec(), USER);
    expect(view).toMatchObject({
      name: 'orders',
      state: 'CONFIGURATION',
      drsStatus: 'CONFIGURATION',
      desiredState: 'idle',
      precheckStatus: null,
      allowedCommands: ['precheck', 'patch', 'stop', 'forced-stop', 'delete'],
    });
    expect(view.slot).toBe(`gausscast_${harness.store.installationId}_${view.id}`);
    expect(view.publication).toBe(view.slot);
    expect(JSON.stringify(view)).not.toContain(PASSWORD);
    expect(harness.service.get('ORDERS')).toEqual(view);
    expect(harness.codes(view.id)).toEqual(['TASK_CREATED']);
  });

  it('refuses a bad spec and a name that is taken, and stores nothing', () => {
    harness.create();
    expect(() => harness.create({ name: 'Orders' })).toThrow(refusal('NAME_TAKEN'));
    const bad = { ...userSpec(), name: 'other', colour: 'red' };
    expect(() => harness.service.create(bad, USER)).toThrow(refusal('SPEC_INVALID', { http: 422 }));
    expect(() => harness.service.create(undefined, USER)).toThrow(CdcError);
    expect(harness.service.list({}).items).toHaveLength(1);
  });

  it('lists in pages and tells what is unknown', () => {
    for (const name of ['orders-1', 'orders-2', 'orders-3']) harness.create({ name });
    const first = harness.service.list({ limit: 2 });
    expect(first.items.map((task) => task.name)).toEqual(['orders-1', 'orders-2']);
    const rest = harness.service.list({ limit: 2, cursor: first.nextCursor! });
    expect(rest).toMatchObject({ items: [{ name: 'orders-3' }], nextCursor: null });
    expect(() => harness.service.get('nobody')).toThrow(refusal('TASK_NOT_FOUND', { http: 404 }));
  });
});

describe('precheck', () => {
  it('runs in the background, checks source and target and leads to PENDING_START', async () => {
    const id = harness.create();
    const begun = harness.service.precheck(id, USER);
    expect(begun).toMatchObject({ status: 'RUNNING', finishedAt: null, checks: [] });
    expect(harness.service.get(id)).toMatchObject({ state: 'PRECHECKING', precheckStatus: 'RUNNING' });
    expect(() => harness.service.precheck(id, USER)).toThrow(refusal('ILLEGAL_STATE'));
    await harness.service.settle();
    expect(harness.service.get(id)).toMatchObject({ state: 'PENDING_START', precheckStatus: 'PASSED' });
    expect(harness.service.precheckReport(id).checks.map((it) => it.id)).toEqual(['source-login', 'kafka-reachable']);
    expect(harness.codes(id)).toEqual(['TASK_CREATED', 'PRECHECK_STARTED', 'PRECHECK_FINISHED']);
  });

  it('asks the source about slot, publication and selection, and Kafka about the topics of the selected tables', async () => {
    const id = await harness.prechecked();
    const { slot } = harness.service.get(id);
    expect(harness.source.prechecks[0]).toMatchObject({
      slot,
      slotOwned: false,
      userPublication: null,
      managedPublication: slot,
    });
    const topics = harness.sink.asked[0]?.topics;
    expect(topics?.map((topic) => topic.plan.name)).toEqual(['shop.public.orders', 'shop.public.items']);
    expect(topics?.[0]).toMatchObject({
      tables: ['public.orders'],
      sharedOnPurpose: false,
      plan: { partitions: 3, replicationFactor: 1, knownPartitions: null },
    });
  });

  it('shares a fixed topic on purpose and knows its partitions of earlier', async () => {
    const id = harness.create({ routing: { topic: { policy: 'fixed', name: 'all' } } });
    harness.store.putTopicPartitions(id, 'all', 5);
    harness.service.precheck(id, USER);
    await harness.service.settle();
    expect(harness.sink.asked[0]?.topics).toMatchObject([
      { tables: ['public.orders', 'public.items'], sharedOnPurpose: true, plan: { name: 'all', knownPartitions: 5 } },
    ]);
  });

  it('shows the checks of the source while those of the target run', async () => {
    const id = harness.create();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { precheck } = harness.sink;
    harness.sink.precheck = async (request) => {
      await gate;
      return precheck.call(harness.sink, request);
    };
    harness.service.precheck(id, USER);
    await settle();
    expect(harness.service.precheckReport(id)).toMatchObject({ status: 'RUNNING', checks: [{ id: 'source-login' }] });
    open();
    await harness.service.settle();
    expect(harness.service.precheckReport(id).checks).toHaveLength(2);
  });

  it('that fails leads back to CONFIGURATION, and a driver that throws is a failed check', async () => {
    harness.source.failure = new CdcError('SOURCE_QUERY', 'broken');
    const id = await harness.prechecked();
    expect(harness.service.get(id)).toMatchObject({ state: 'CONFIGURATION', precheckStatus: 'FAILED' });
    expect(harness.service.precheckReport(id).checks[0]).toMatchObject({
      status: 'FAILED',
      cause: 'SOURCE_QUERY: broken',
    });
  });

  it('takes ten thousand tables', async () => {
    harness.source.tables = Array.from({ length: 10_000 }, (_, i) => sourceTable('public', `table_${i}`));
    const id = await harness.prechecked();
    expect(harness.sink.asked[0]?.topics).toHaveLength(10_000);
    expect(harness.service.get(id).state).toBe('PENDING_START');
  });

  it('is lost with the process and can be run again', async () => {
    const id = harness.create();
    harness.source.gate = new Promise(() => undefined);
    harness.service.precheck(id, USER);
    harness.restart();
    expect(harness.service.get(id)).toMatchObject({ state: 'CONFIGURATION', precheckStatus: null });
    expect(() => harness.service.precheckReport(id)).toThrow(refusal('NOT_FOUND'));
    harness.source.gate = Promise.resolve();
    harness.service.precheck(id, USER);
    await harness.service.settle();
    expect(harness.service.get(id).state).toBe('PENDING_START');
  });

  it('of a task that was stopped or deleted meanwhile changes nothing', async () => {
    const stopped = harness.create();
    harness.service.precheck(stopped, USER);
    await harness.service.stop(stopped, { force: false }, USER);
    const deleted = harness.create({ name: 'other' });
    harness.service.precheck(deleted, USER);
    await harness.service.delete(deleted, { force: false }, USER);
    await harness.service.settle();
    expect(harness.service.get(stopped)).toMatchObject({ state: 'COMPLETED', precheckStatus: null });
    expect(() => harness.service.get(deleted)).toThrow(refusal('TASK_NOT_FOUND'));
  });
});

describe('start', () => {
  it('needs a finished precheck of the present spec', () => {
    const id = harness.create();
    expect(() => harness.service.start(id, {}, USER)).toThrow(refusal('PRECHECK_REQUIRED', { http: 409 }));
    putReport(id, report('FAILED', [check('wal-level', 'FAILED'), check('login', 'PASSED')]));
    expect(() => harness.service.start(id, {}, USER)).toThrow(
      refusal('PRECHECK_FAILED', {
        data: { checks: [{ ...check('wal-level', 'FAILED'), cause: null, cure: null, sql: [] }] },
      }),
    );
    expect(harness.service.get(id).state).toBe('CONFIGURATION');
    expect(harness.runners.all).toHaveLength(0);
  });

  it('needs alarms to be accepted', () => {
    const id = harness.create();
    putReport(id, report('ALARM', [check('old-rows', 'ALARM'), check('login', 'PASSED')]));
    expect(() => harness.service.start(id, {}, USER)).toThrow(
      refusal('PRECHECK_ALARMS', {
        data: { alarms: [{ ...check('old-rows', 'ALARM'), cause: null, cure: null, sql: [] }] },
      }),
    );
    expect(harness.service.start(id, { acceptAlarms: true }, USER).state).toBe('STARTING');
  });

  it('starts once', async () => {
    const { id } = await harness.streaming();
    expect(harness.service.get(id)).toMatchObject({ state: 'INCREMENTAL', desiredState: 'running' });
    expect(() => harness.service.start(id, {}, USER)).toThrow(illegal('stop', 'forced-stop'));
    expect(() => harness.service.precheck(id, USER)).toThrow(illegal('stop', 'forced-stop'));
    expect(harness.runners.all).toHaveLength(1);
  });

  it('can be planned, planned anew, and cancelled by a change', async () => {
    const id = await harness.prechecked();
    const at = (ms: number) => new Date(harness.clock.nowMs + ms).toISOString();
    expect(harness.service.start(id, { startAt: at(5000) }, USER)).toMatchObject({
      state: 'PENDING_START',
      startAt: at(5000),
    });
    harness.service.start(id, { startAt: at(60_000) }, USER);
    await harness.clock.advance(10_000);
    expect(harness.runners.all).toHaveLength(0);
    harness.service.patch(id, { description: 'changed' }, USER);
    await harness.clock.advance(60_000);
    expect(harness.runners.all).toHaveLength(0);
    expect(harness.service.get(id)).toMatchObject({ state: 'CONFIGURATION', startAt: null, desiredState: 'idle' });
  });

  it('at a time that has passed starts now, and a time that is none is refused', async () => {
    const id = await harness.prechecked();
    expect(() => harness.service.start(id, { startAt: 'soon' }, USER)).toThrow(refusal('REQUEST_INVALID'));
    expect(harness.service.start(id, { startAt: '2020-01-01T00:00:00Z' }, USER).state).toBe('STARTING');
  });

  it('survives a restart of the process, planned or running', async () => {
    const planned = await harness.prechecked();
    harness.service.start(planned, { startAt: new Date(harness.clock.nowMs + 5000).toISOString() }, USER);
    const { id } = await harness.streaming({ name: 'other' });
    harness.restart();
    expect(harness.service.get(id).state).toBe('STARTING');
    await harness.clock.advance(5000);
    expect(harness.service.get(planned).state).toBe('STARTING');
  });

  it('goes on from a failed state', async () => {
    const { id } = await harness.streaming();
    harness.runners.last.end({ kind: 'failed', error: new CdcError('SOURCE_AUTH', 'wrong password') });
    await settle();
    expect(harness.service.get(id)).toMatchObject({ state: 'INCREMENTAL_FAILED', lastError: { code: 'SOURCE_AUTH' } });
    expect(harness.service.start(id, {}, USER)).toMatchObject({ state: 'STARTING', lastError: null, attempts: 0 });
    expect(harness.runners.all).toHaveLength(2);
  });
});

describe('patch', () => {
  it('merges, keeps secrets that are left out, and resets the precheck', async () => {
    const id = await harness.prechecked();
    const shown = harness.service.get(id).spec as { source: object };
    const patch = { ...shown, description: 'new', source: { ...shown.source, host: 'db2' } };
    const view = harness.service.patch(id, patch, USER);
    expect(view).toMatchObject({ state: 'CONFIGURATION', precheckStatus: null, spec: { description: 'new' } });
    expect(JSON.parse(harness.store.findTask(id)!.spec).source).toMatchObject({ password: PASSWORD, host: 'db2' });
    harness.service.patch(id, { source: { password: 'changed-secret' } }, USER);
    expect(JSON.parse(harness.store.findTask(id)!.spec).source.password).toBe('changed-secret');
    const log = JSON.stringify(harness.service.events(id, {}));
    expect(log).not.toContain(PASSWORD);
    expect(log).not.toContain('changed-secret');
  });

  it('removes what is null, secrets too', () => {
    const id = harness.create();
    const { source } = JSON.parse(harness.store.findTask(id)!.spec);
    const tls = { mode: 'verify-ca', ca: 'CA', cert: 'CERT', key: 'KEY' };
    harness.service.patch(id, { source: { tls } }, USER);
    harness.service.patch(id, { source: { tls: { cert: null, key: null } } }, USER);
    const stored = JSON.parse(harness.store.findTask(id)!.spec).source;
    expect(stored).toEqual({ ...source, tls: { mode: 'verify-ca', ca: 'CA' } });
    expect(() => harness.service.patch(id, { source: { password: null } }, USER)).toThrow(refusal('SPEC_INVALID'));
  });

  it('refuses what is no object or gives a bad spec, and a name that is taken', () => {
    const id = harness.create();
    harness.create({ name: 'other' });
    expect(() => harness.service.patch(id, [1], USER)).toThrow(refusal('BODY_MALFORMED'));
    expect(() => harness.service.patch(id, { source: { host: null } }, USER)).toThrow(refusal('SPEC_INVALID'));
    expect(() => harness.service.patch(id, { name: 'OTHER' }, USER)).toThrow(refusal('NAME_TAKEN'));
    expect(harness.service.patch(id, { name: 'renamed' }, USER).name).toBe('renamed');
    expect(harness.service.get('renamed').id).toBe(id);
  });

  it('is refused while the task runs, during a precheck and at the end', async () => {
    const { id } = await harness.streaming();
    expect(() => harness.service.patch(id, {}, USER)).toThrow(illegal('stop', 'forced-stop'));
    const checking = harness.create({ name: 'other' });
    harness.service.precheck(checking, USER);
    expect(() => harness.service.patch(checking, {}, USER)).toThrow(refusal('ILLEGAL_STATE'));
    await harness.service.settle();
    await harness.service.stop(checking, { force: false }, USER);
    expect(() => harness.service.patch(checking, {}, USER)).toThrow(illegal('delete'));
  });

  it('keeps what a stored position depends on, and lets the rest change', async () => {
    const { id } = await harness.streaming();
    harness.runners.last.end({ kind: 'failed', error: new CdcError('SOURCE_AUTH', 'wrong password') });
    await settle();
    const patch = { source: { database: 'other' }, objects: { include: ['public.orders'] } };
    expect(() => harness.service.patch(id, patch, USER)).toThrow(
      refusal('POSITION_STORED', { http: 409, data: { paths: ['source.database', 'objects'] } }),
    );
    const view = harness.service.patch(id, { source: { host: 'standby', password: 'right' }, name: 'renamed' }, USER);
    expect(view).toMatchObject({ state: 'INCREMENTAL_FAILED', precheckStatus: null });
    expect(() => harness.service.start(id, {}, USER)).toThrow(refusal('PRECHECK_REQUIRED'));
    harness.service.precheck(id, USER);
    expect(harness.service.get(id).state).toBe('INCREMENTAL_FAILED');
    await harness.service.settle();
    expect(harness.source.prechecks.at(-1)?.slotOwned).toBe(true);
    expect(harness.service.start(id, {}, USER).state).toBe('STARTING');
  });

  it('lets objects change while the first start failed before there was a position, but not the slot', async () => {
    const { id, slot } = await harness.streaming();
    const [stream] = harness.store.streams(id);
    harness.store.putStream(id, { ...stream!, checkpoint: null });
    harness.runners.last.end({ kind: 'failed', error: new CdcError('SLOT_LOST', 'x') });
    await settle();
    expect(() => harness.service.patch(id, { source: { slot: { name: 'mine' } } }, USER)).toThrow(
      refusal('POSITION_STORED'),
    );
    expect(harness.service.patch(id, { objects: { include: ['public.orders'] } }, USER).slot).toBe(slot);
  });
});

describe('progress', () => {
  it('shows the running session and what the server retains', async () => {
    const { id, slot } = await harness.streaming();
    const progress = harness.runners.last.status().progress;
    harness.runners.last.live = { progress: { ...progress, slot }, heldBytes: 10 };
    expect(await harness.service.progress(id)).toMatchObject({
      state: 'INCREMENTAL',
      streams: [{ slot, acknowledgedLsn: '0/200', serverLsn: '0/500', lagBytes: 0x300, retainedWalBytes: 1024 }],
      records: { published: 7, bytes: 70, skipped: 1, deadLettered: 0 },
    });
  });

  it('shows what is stored when nothing runs, and nulls when the source is down', async () => {
    const { id, slot } = await harness.streaming();
    harness.store.putTotals(id, { published: 9, bytes: 90, skipped: 0, tables: [] });
    harness.runners.last.end({ kind: 'failed', error: new CdcError('SLOT_LOST', 'x') });
    await settle();
    harness.source.failure = new CdcError('SOURCE_UNREACHABLE', 'refused');
    expect(await harness.service.progress(id)).toMatchObject({
      state: 'INCREMENTAL_FAILED',
      streams: [{ slot, confirmedLsn: '0/200', serverLsn: null, lagBytes: null, retainedWalBytes: null }],
      records: { published: 9, bytes: 90 },
    });
  });

  it('does not wait for a source that hangs, and asks it once at a time', async () => {
    const { id } = await harness.streaming();
    harness.source.gate = new Promise(() => undefined);
    const asked = harness.source.endpoints.length;
    const both = Promise.all([harness.service.progress(id), harness.service.progress(id)]);
    await harness.clock.advance(1500);
    expect((await both).map(({ streams }) => streams[0]?.retainedWalBytes)).toEqual([null, null]);
    expect(harness.source.endpoints.length - asked).toBe(1);
  });

  it('never tries a refused login again', async () => {
    const { id } = await harness.streaming();
    harness.source.failure = new CdcError('SOURCE_AUTH', 'wrong password');
    const asked = harness.source.endpoints.length;
    for (let i = 0; i < 5; i++) {
      await harness.service.progress(id);
      await harness.clock.advance(60_000);
    }
    expect(harness.source.endpoints.length - asked).toBe(1);
  });

  it('of a task that never started asks nobody', async () => {
    const id = harness.create();
    expect(await harness.service.progress(id)).toMatchObject({ streams: [], tables: [], records: { published: 0 } });
    expect(harness.source.endpoints).toEqual([]);
  });

  it('has numbers for metrics without asking the source', async () => {
    const { id } = await harness.streaming();
    harness.create({ name: 'other' });
    const asked = harness.source.endpoints.length;
    expect(harness.service.snapshots()).toMatchObject([
      { id, state: 'INCREMENTAL', published: 7, receivedLsn: 0x300, lagBytes: 256 },
      { name: 'other', state: 'CONFIGURATION', published: 0, receivedLsn: 0 },
    ]);
    expect(harness.source.endpoints.length).toBe(asked);
  });
});

describe('slots', () => {
  const orphan = () => `gausscast_${harness.store.installationId}_000000000000`;

  async function withSlots(): Promise<string> {
    const { id } = await harness.streaming();
    const { id: other } = await harness.streaming({ name: 'other' });
    expect(harness.service.get(other).slot).not.toBe(harness.service.get(id).slot);
    harness.source.addSlot(orphan(), { active: true, pid: 5 });
    harness.source.publications.add(orphan());
    harness.source.addSlot('gausscast_elsewher_000000000000');
    harness.source.addSlot('debezium');
    return id;
  }

  it('are listed with their owners', async () => {
    const id = await withSlots();
    const owners = (await harness.service.slots(id)).map(({ owner }) => owner);
    expect(owners).toEqual(['task', 'foreign', 'orphan', 'foreign', 'foreign']);
  });

  it('that are orphans are listed by a dry run and dropped on request; others are never touched', async () => {
    const id = await withSlots();
    const before = harness.source.slots.size;
    const listed = await harness.service.cleanupSlots(id, { dryRun: true }, USER);
    expect(listed.droppedSlots).toEqual([{ node: 'default', slot: orphan() }]);
    expect([harness.source.slots.size, harness.source.terminated]).toEqual([before, []]);
    expect(await harness.service.cleanupSlots(id, {}, USER)).toEqual({
      terminatedSessions: [{ node: 'default', pid: 5 }],
      droppedSlots: [{ node: 'default', slot: orphan() }],
      remainingSlots: [],
    });
    expect(harness.source.slots.size).toBe(before - 1);
    expect(harness.source.publications.has(orphan())).toBe(false);
    expect(harness.codes(id)).toContain('SLOT_DROPPED');
    expect((await harness.service.cleanupSlots(id, {}, USER)).droppedSlots).toEqual([]);
  });

  it('are dropped by name when nobody reads them', async () => {
    const id = await withSlots();
    expect((await harness.service.dropSlot(id, 'debezium', USER)).droppedSlots).toHaveLength(1);
    const own = harness.service.get(id).slot;
    await expect(harness.service.dropSlot(id, own, USER)).rejects.toMatchObject({ code: 'SLOT_IN_USE' });
  });
});

describe('connection tests', () => {
  it('validate the input and tell whether all is well', async () => {
    expect(await harness.service.testSource(userSpec().source)).toMatchObject({
      ok: true,
      checks: [{ id: 'source-login' }],
    });
    expect(await harness.service.testTarget(userSpec().target)).toMatchObject({ ok: true });
    harness.sink.checks = [check('kafka-reachable', 'FAILED')];
    expect(await harness.service.testTarget(userSpec().target)).toMatchObject({ ok: false });
    await expect(harness.service.testSource({})).rejects.toMatchObject({ code: 'SPEC_INVALID' });
  });
});
