import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import { illegal, refusal } from '../../test/support/refusals.ts';
import { ServiceHarness, USER } from '../../test/support/service-harness.ts';
import { check, PASSWORD, userSpec } from '../../test/support/task-fixtures.ts';
import { CdcError } from '../domain/errors.ts';

let harness: ServiceHarness;

beforeEach(() => {
  harness = new ServiceHarness();
});

afterEach(() => {
  expect(harness.logger.errors).toEqual([]);
  harness.close();
});

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
