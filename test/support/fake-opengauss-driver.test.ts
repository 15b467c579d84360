import { afterEach, describe, expect, it } from 'vitest';
import type { DecodingOptions } from '../../src/domain/decoding.ts';
import { HEARTBEAT_TABLE } from '../../src/domain/decoding.ts';
import { formatLsn, type Lsn, toLsn } from '../../src/domain/lsn.ts';
import { createOpenGaussDriver } from '../../src/source/opengauss/driver.ts';
import type { SourceNotice, SourceStream, StreamHandler, StreamRequest } from '../../src/source/source.ts';
import { SCENARIOS } from './fake-opengauss/recording.ts';
import { ADMIN, FakeOpenGauss } from './fake-opengauss/server.ts';
import type { FakeOptions } from './fake-opengauss/state.ts';
import { eventually } from './poll.ts';
import { Story } from './story.ts';

const driver = createOpenGaussDriver();
const SLOT = 'gc_slot';
const HEARTBEAT = { schema: 'public', create: true, intervalMs: 60_000 };
const FORMATS: readonly DecodingOptions[] = [
  {},
  { mode: 'serial' },
  { style: 'binary', batch: false },
  { style: 'json', batch: true },
  { style: 'json', batch: false },
  { style: 'text', batch: true },
  { style: 'text', batch: false },
  { plugin: 'pgoutput' },
];

class Listener extends Story implements StreamHandler {
  readonly notices: SourceNotice[] = [];
  readonly commits: string[] = [];

  override commit(endLsn: Lsn): void {
    super.commit(endLsn);
    this.commits.push(formatLsn(endLsn));
  }

  keepalive(): void {}

  notice(notice: SourceNotice): void {
    this.notices.push(notice);
  }

  idle(): void {}
}

let server: FakeOpenGauss;
const streams: SourceStream[] = [];

afterEach(async () => {
  await Promise.all(streams.splice(0).map((stream) => stream.close()));
  await server.close();
  expect([server.state.unanswered, server.state.violations]).toEqual([[], []]);
});

async function listen(options: FakeOptions = {}): Promise<void> {
  server = await FakeOpenGauss.listen(options);
  const columns = { id: 'integer', 'V v': 'character varying(20)', n: 'numeric(10,2)' };
  server.table('public.orders', { columns, primaryKey: ['id'] });
  server.table('public.whole', { columns, identity: 'f' });
}

describe('the openGauss driver on the fake server', () => {
  it('reads the catalog', async () => {
    await listen();
    const catalog = await driver.openCatalog(server.endpoint());
    try {
      expect(await catalog.facts()).toMatchObject({
        systemId: '215046882207046390',
        versionNumber: 93_060,
        database: 'shop',
      });
      expect(await catalog.currentLsn()).toBe(server.state.wal.end);
      expect((await catalog.listTables()).map(({ schema, table, primaryKey }) => [schema, table, primaryKey])).toEqual([
        ['public', 'orders', ['id']],
        ['public', 'whole', []],
      ]);
      const { schema, name: table, oid } = server.state.table('public.orders');
      const columns = [{ name: 'id', typeOid: 23, typeModifier: -1, isIdentity: true }];
      const described = await catalog.describe({ oid, schema, table, replicaIdentity: 'd', columns });
      expect(described).toMatchObject({
        keyColumns: [0],
        typeNames: ['integer'],
        facts: [{ baseTypeName: 'int4', isNotNull: true }],
        uniqueIndexes: [],
      });
    } finally {
      await catalog.close();
    }
  });

  const PRECHECKS: readonly [DecodingOptions, publication: string | null][] = [
    [{}, null],
    [{ mode: 'serial' }, null],
    [{ plugin: 'pgoutput' }, null],
    [{ plugin: 'pgoutput' }, 'gc_pub'],
  ];
  it.each(PRECHECKS)('passes the prechecks of %o, publication %s', async (decoding, userPublication) => {
    await listen();
    server.state.publications.set('gc_pub', ['public.orders', 'public.whole']);
    const { checks, tables } = await driver.precheck({
      endpoint: server.endpoint(),
      slot: SLOT,
      slotOwned: false,
      userPublication,
      managedPublication: 'gc_managed',
      decoding,
      heartbeat: HEARTBEAT,
      select: (all) => ({ tables: all, unmatched: [] }),
    });
    expect(checks.filter(({ status }) => status === 'FAILED')).toEqual([]);
    expect(checks.length).toBeGreaterThan(15);
    expect(tables).toHaveLength(2);
  });

  it('makes, shows, frees and drops slots, and makes and drops publications', async () => {
    await listen();
    const admin = await driver.openSlotAdmin(server.endpoint());
    try {
      const position = await admin.create(SLOT, 'mppdb_decoding');
      await expect(admin.create(SLOT, 'mppdb_decoding')).rejects.toMatchObject({ code: 'SLOT_EXISTS' });
      const stream = await open(new Listener(), { decoding: { mode: 'serial' } });
      stream.resume();
      const reason = stream.ended.catch((error: unknown) => error);
      expect(await admin.list()).toEqual([
        expect.objectContaining({ slot: SLOT, active: true, confirmedLsn: position }),
      ]);
      expect(await admin.terminateHolder(SLOT, 2_000)).toBeGreaterThan(0);
      expect(await reason).toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
      expect(await admin.drop(SLOT)).toBe(true);
      expect(await admin.find(SLOT)).toBeNull();
      await admin.createPublication('gc_pub', [{ schema: 'public', table: 'orders' }]);
      expect(server.state.publications.get('gc_pub')).toEqual(['public.orders']);
      expect([await admin.dropPublication('gc_pub'), await admin.publicationExists('gc_pub')]).toEqual([true, false]);
    } finally {
      await admin.close();
    }
  });

  it('names who blocks the creation of a slot', async () => {
    await listen({ settings: { lockwait_timeout: '50' } });
    const end = server.openTransaction({ pid: 77n, xid: 5n, user: 'app', applicationName: 'batch', query: 'insert' });
    const admin = await driver.openSlotAdmin(server.endpoint());
    try {
      await expect(admin.create(SLOT, 'mppdb_decoding')).rejects.toMatchObject({
        code: 'SLOT_BLOCKED',
        data: { pids: [77] },
      });
      end();
      expect(await admin.create(SLOT, 'mppdb_decoding')).toBeGreaterThan(0n);
    } finally {
      await admin.close();
    }
  });

  it.each(FORMATS)('streams the same changes as %o', async (decoding) => {
    await listen({ batchBytes: 200 });
    makeSlot(decoding);
    server.commit(
      { op: 'INSERT', table: 'public.orders', new: { id: '1', 'V v': "it's", n: '.50' } },
      { op: 'UPDATE', table: 'public.orders', new: { id: '2', 'V v': null, n: '1' }, old: { id: '1' } },
    );
    server.commit(
      { op: 'INSERT', table: 'public.whole', new: { id: '1', 'V v': '', n: null } },
      { op: 'DELETE', table: 'public.whole', old: { id: '1', 'V v': '', n: null } },
    );
    const listener = new Listener();
    const stream = await open(listener, { decoding });
    stream.resume();
    await eventually('both transactions', () => listener.commits.length === 2);
    expect(listener.changes.map(({ op, table, before, after }) => [op, table, before, after])).toEqual([
      ['c', 'orders', null, ['1', "it's", '.50']],
      ['u', 'orders', expect.arrayContaining(['1']), ['2', null, '1']],
      ['c', 'whole', null, ['1', '', null]],
      ['d', 'whole', ['1', '', null], null],
    ]);
    const { commitEnd } = server.state.wal.transactions[1]!;
    stream.confirm(stream.receivedLsn);
    await eventually('the slot to follow', () => server.state.slots.find(SLOT)!.confirmedFlush > commitEnd - 0x60n);
  });

  it.each<DecodingOptions>([{}, { mode: 'serial' }])('streams every recorded scenario as %o', async (decoding) => {
    await listen();
    makeSlot(decoding);
    for (const scenario of SCENARIOS) server.play(scenario);
    const tables = [...server.state.tables.values()].map(({ schema, name }) => ({ schema, table: name }));
    const listener = new Listener();
    const stream = await open(listener, { decoding, tables });
    stream.resume();
    const { transactions, end } = server.state.wal;
    await eventually('all transactions', () => listener.commits.length === transactions.length);
    expect(listener.commits.at(-1)).toBe(formatLsn(toLsn(end)));
    const recorded = tables.map(({ table }) => table).filter((table) => table !== 'orders' && table !== 'whole');
    expect([...new Set(listener.changes.map(({ table }) => table))].sort()).toEqual(recorded.sort());
  });

  it('writes heartbeats, whose commits come through the stream', async () => {
    await listen();
    makeSlot({});
    const listener = new Listener();
    const stream = await open(listener, {});
    stream.resume();
    stream.ping();
    await eventually('the commit of a heartbeat', () => listener.commits.length > 0);
    expect(listener.changes).toEqual([]);
    expect(server.state.tables.has(`public.${HEARTBEAT_TABLE}`)).toBe(true);
  });

  it('tells that nothing is queued where there is no heartbeat table', async () => {
    await listen();
    makeSlot({});
    const listener = new Listener();
    const stream = await open(listener, { heartbeat: { ...HEARTBEAT, create: false } });
    stream.resume();
    stream.ping();
    await eventually('the notice', () => listener.notices.length > 0);
    expect(listener.notices[0]!.code).toBe('HEARTBEAT_UNAVAILABLE');
  });

  it('falls back to serial decoding where the server knows no other', async () => {
    await listen({ knowsParallelDecoding: false, version: '(openGauss 2.1.0 build 590b0f8e) compiled at 2021-09-30' });
    makeSlot({});
    const listener = new Listener();
    const stream = await open(listener, {});
    stream.resume();
    server.commit({ op: 'INSERT', table: 'public.orders', new: { id: '1' } });
    await eventually('the change', () => listener.changes.length === 1);
    expect(server.state.commands.at(-1)).not.toContain('parallel-decode-num');
  });

  it('tries a wrong password once', async () => {
    await listen();
    await expect(driver.openCatalog(server.endpoint({ password: 'wrong' }))).rejects.toMatchObject({
      code: 'SOURCE_AUTH',
    });
    expect(server.failedLogins(ADMIN.name)).toBe(1);
  });
});

function makeSlot({ plugin = 'mppdb_decoding' }: DecodingOptions): void {
  server.state.slots.create(SLOT, plugin, 'shop', 8, server.state.wal.end, 13_000n);
  server.state.publications.set('gc_pub', ['public.orders', 'public.whole']);
}

async function open(listener: Listener, changes: Partial<StreamRequest>): Promise<SourceStream> {
  const stream = await driver.open(
    {
      endpoint: server.endpoint(),
      slot: SLOT,
      publication: 'gc_pub',
      tables: [
        { schema: 'public', table: 'orders' },
        { schema: 'public', table: 'whole' },
      ],
      startLsn: server.state.slots.find(SLOT)!.confirmedFlush as Lsn,
      decoding: {},
      heartbeat: HEARTBEAT,
      ...changes,
    },
    listener,
  );
  streams.push(stream);
  return stream;
}
