import { describe, expect, it } from 'vitest';
import { formatLsn, toLsn } from '../../src/domain/lsn.ts';
import type { Problem } from '../support/api-client.ts';
import { readAll } from '../support/consume.ts';
import { inSourceOrder } from '../support/drs-record.ts';
import type { GaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { eventually } from '../support/poll.ts';

const scenario = gaussScenarios('gausslife');
const T = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;
const GAUSSDB =
  'gaussdb (GaussDB Kernel 505.1.0 build 44f4fa53) compiled at 2024-01-01 00:00:00 commit 0 last mr 0 release';
const HEARTBEAT = { create: true };
/** Bytes of WAL the fake server writes per change. */
const CHANGE_BYTES = 0xa0n;
const WAYS = [
  { heartbeat: HEARTBEAT },
  { decoding: { style: 'json', batch: false } },
  { decoding: { style: 'text' } },
  { decoding: { mode: 'serial' } },
  { decoding: { plugin: 'pgoutput' } },
];

const insert = (id: number, table = 'public.t') =>
  ({ op: 'INSERT', table, new: { id: String(id), v: `row ${id}` } }) as const;
const ids = async ({ topic }: GaussScenario) =>
  inSourceOrder(await readAll([topic])).map(({ key }) => Number(JSON.parse(String(key)).id));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Nothing of a task that has ended is on the server: no slot, no publication, no session. */
async function expectNothingLeft({ server }: GaussScenario): Promise<void> {
  expect([server.state.slots.all, [...server.state.publications.keys()]]).toEqual([[], []]);
  await eventually('all sessions to end', () => server.sessions.length === 0);
}

describe('the life of a task on openGauss and GaussDB', () => {
  it.each([
    ['opengauss', 'openGauss', {}],
    ['gaussdb', 'GaussDB', { version: GAUSSDB }],
  ])('dialect %s: from its creation to its end', async (dialect, dbType, options) => {
    const gauss = await scenario(options);
    const { api, server, topic } = gauss;
    server.table('public.t', T);
    const task = await api.create(gauss.spec(['public.t'], { source: { dialect } }));
    expect(task).toMatchObject({
      state: 'CONFIGURATION',
      slot: expect.stringMatching(/^gausscast_/),
      publication: null,
    });
    const start = (body: unknown) => api.request<Problem>('POST', `/tasks/${task.id}/start`, body);
    expect((await start({})).body.code).toBe('PRECHECK_REQUIRED');
    const { status, checks } = await api.precheck(task.id);
    expect(status).toBe('ALARM');
    expect(checks.filter((check) => check.status !== 'PASSED').map(({ id }) => id)).toEqual(['heartbeat-table']);
    expect(checks.map(({ group, id }) => `${group} ${id}`)).toEqual(CHECKS);
    const alarmed = await start({});
    expect([alarmed.status, alarmed.body.code]).toEqual([409, 'PRECHECK_ALARMS']);
    expect(server.state.slots.all).toEqual([]);

    await api.start(task.id, { acceptAlarms: true });
    await api.waitFor(task.id, 'INCREMENTAL');
    const slot = { node: 'default', slot: task.slot, plugin: 'mppdb_decoding', active: true, owner: 'task' };
    expect(await api.slots(task.id)).toEqual([expect.objectContaining({ ...slot, pid: expect.any(Number) })]);
    const from = server.state.wal.end;
    server.commit(
      insert(1),
      { op: 'UPDATE', table: 'public.t', old: { id: '1', v: 'row 1' }, new: { id: '1', v: null } },
      { op: 'DELETE', table: 'public.t', old: { id: '1', v: null } },
    );
    await gauss.caughtUp(task.id);

    const records = inSourceOrder(await readAll([topic]));
    const xid = String(server.state.wal.transactions.at(-1)!.xid);
    expect(records.map(({ headers }) => headers)).toEqual(
      ['c', 'u', 'd'].map((op, i) => ({
        'gausscast-task': task.id,
        'gausscast-id': String(records[0]!.number + i),
        'gausscast-op': op,
        'gausscast-table': 'public.t',
        'gausscast-lsn': formatLsn(toLsn(from + CHANGE_BYTES * BigInt(i))),
        'gausscast-xid': xid,
      })),
    );
    expect(records.map(({ key }) => String(key))).toEqual(Array(3).fill('{"id":"1"}'));
    expect(records.map(({ drs }) => [drs.type, drs.id, drs.data, drs.old])).toEqual([
      ['INSERT', records[0]!.number, [{ id: '1', v: 'row 1' }], null],
      ['UPDATE', records[1]!.number, [{ id: '1', v: null }], [{ id: '1', v: 'row 1' }]],
      ['DELETE', records[2]!.number, null, [{ id: '1', v: null }]],
    ]);
    expect(records[0]!.drs).toMatchObject({ dbType, database: server.state.database, schema: 'public', table: 't' });

    server.commit(insert(2));
    await api.finish(task.id);
    expect((await ids(gauss)).slice(3)).toEqual([2]);
    await expectNothingLeft(gauss);
    expect((await api.events(task.id)).map(({ code }) => code)).toEqual(
      expect.arrayContaining(['STREAMING', 'STOP_REQUESTED', 'SLOT_DROPPED', 'TASK_COMPLETED']),
    );
    await api.remove(task.id);
    expect((await api.request('GET', `/tasks/${task.id}`)).status).toBe(404);
  });

  it('tells its positions and what the slot retains', async () => {
    const gauss = await scenario();
    const { api, server } = gauss;
    server.table('public.t', T);
    const { id } = await api.run(gauss.spec(['public.t']));
    server.commit(insert(1));
    await gauss.caughtUp(id);
    const end = formatLsn(toLsn(server.state.wal.end));
    const caughtUp = { acknowledgedLsn: end, receivedLsn: end, serverLsn: end, lagBytes: 0, lagMs: 0 };
    await eventually(
      'the position to be confirmed',
      async () => (await api.progress(id)).streams[0]!.confirmedLsn === end,
    );
    const [stream] = (await api.progress(id)).streams;
    expect(stream).toMatchObject(caughtUp);
    expect(stream!.retainedWalBytes).toBeGreaterThan(0);

    // What nobody has delivered yet is behind, and held by the slot.
    server.pauseDelivery();
    server.commit(...range(2, 100).map((row) => insert(row)));
    const behind = await eventually('the lag to show', async () => {
      const { streams, records } = await api.progress(id);
      const retained = Number(server.state.wal.end - server.state.slots.all[0]!.restartLsn);
      return streams[0]!.retainedWalBytes === retained && streams[0]!.lagBytes! > 0 && { records };
    });
    expect(behind.records.published).toBe(1);
    server.resumeDelivery();
    await gauss.caughtUp(id);
    expect(await api.progress(id)).toMatchObject({
      records: { published: 100, skipped: 0, deadLettered: 0 },
      tables: [{ schema: 'public', table: 't', topic: gauss.topic, inserted: 100, updated: 0, deleted: 0 }],
    });
  });

  it.each(WAYS)(
    'a stop under load publishes all that was committed before it, and whole transactions: %o',
    async (source) => {
      const gauss = await scenario({ batchBytes: 4000 });
      const { api, server } = gauss;
      server.table('public.t', T);
      const { id } = await api.run(gauss.spec(['public.t'], { source }));
      server.pauseDelivery();
      for (let i = 0; i < 500; i++) server.commit(...range(4 * i + 1, 4 * i + 4).map((row) => insert(row)));
      await api.stop(id);
      let last = 2000;
      const load = setInterval(() => {
        server.commit(...range(last + 1, last + 4).map((row) => insert(row)));
        last += 4;
      }, 5);
      try {
        server.resumeDelivery();
        await api.waitFor(id, 'COMPLETED');
      } finally {
        clearInterval(load);
      }
      const published = await ids(gauss);
      expect(published).toEqual(range(1, published.length));
      expect([published.length >= 2000, published.length % 4]).toEqual([true, 0]);
      await expectNothingLeft(gauss);
    },
  );

  it('with pgoutput it makes a publication of its tables, and drops it at the end', async () => {
    const gauss = await scenario();
    const { api, server } = gauss;
    server.table('public.t', T);
    server.table('public.other', T);
    const task = await api.run(gauss.spec(['public.t'], { source: { decoding: { plugin: 'pgoutput' } } }));
    expect(task.publication).toBe(task.slot);
    expect([...server.state.publications]).toEqual([[task.publication, ['public.t']]]);
    expect(server.state.slots.all[0]).toMatchObject({ plugin: 'pgoutput' });
    server.commit(insert(1), insert(1, 'public.other'));
    await api.finish(task.id);
    expect(await ids(gauss)).toEqual([1]);
    await expectNothingLeft(gauss);
  });

  it('with pgoutput it uses a publication of the user as it is', async () => {
    const gauss = await scenario();
    const { api, server } = gauss;
    server.table('public.t', T);
    server.state.publications.set('mine', ['public.t']);
    const source = { publication: 'mine', decoding: { plugin: 'pgoutput' } };
    const task = await api.run(gauss.spec(['public.t'], { source }));
    expect(task.publication).toBe('mine');
    server.commit(insert(1));
    await api.finish(task.id);
    expect(await ids(gauss)).toEqual([1]);
    expect([server.state.slots.all, [...server.state.publications.keys()]]).toEqual([[], ['mine']]);
  });

  it('keeps the slot when asked, and a delete then has to be forced', async () => {
    const gauss = await scenario();
    const { api, server } = gauss;
    server.table('public.t', T);
    const task = await api.run(gauss.spec(['public.t']));
    await api.finish(task.id, { dropSlot: false });
    expect(server.state.slots.find(task.slot)).toMatchObject({ isActive: false });
    const refused = await api.request<Problem & { sql: string[] }>('DELETE', `/tasks/${task.id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'SLOT_LEFT']);
    expect(refused.text).toContain(`pg_drop_replication_slot('${task.slot}')`);
    await api.remove(task.id, { force: true });
    await expectNothingLeft(gauss);
  });
});

const CHECKS = [
  ...[
    'source-reachable',
    'source-login',
    'source-dialect',
    'source-primary',
    'database-encoding',
    'compatibility-mode',
    'wal-level',
    'replication-role',
    'free-slots',
    'free-wal-senders',
    'replication-connection',
    'slot-log',
    'sender-timeout',
    'wal-retention',
    'decode-defaults',
    'parallel-decoding',
    'cell-settings',
    'heartbeat-table',
    'slot-name',
    'long-transactions',
  ].map((id) => `source ${id}`),
  ...[
    'objects-exist',
    'table-privileges',
    'table-kinds',
    'unlogged-tables',
    'replica-identity',
    'old-rows',
    'column-types',
    'table-names',
  ].map((id) => `objects ${id}`),
  ...['kafka-reachable', 'kafka-login', 'topic-collisions', 'kafka-topics', 'kafka-produce', 'kafka-replication'].map(
    (id) => `target ${id}`,
  ),
];
