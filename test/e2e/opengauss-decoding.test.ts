import { describe, expect, it } from 'vitest';
import type { TaskEvent } from '../support/api-client.ts';
import { readAll } from '../support/consume.ts';
import { inSourceOrder } from '../support/drs-record.ts';
import type { FakeOptions } from '../support/fake-opengauss/state.ts';
import { GAUSS_FORMATS, type GaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const scenario = gaussScenarios('gaussdec');
const T = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;
const OLD = {
  knowsParallelDecoding: false,
  version: '(openGauss 2.1.0 build 590b0f8e) compiled at 2021-09-30 14:29:04 commit 0 last mr  ',
};
/** Knows the options, but takes no more than one decoder. */
const REFUSING = {
  maxParallelism: 1,
  version: '(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:07:56 commit 0 last mr  ',
};
const HA = { hasHaPort: true, settings: { enable_thread_pool: 'on' } };

const insert = (id: number, table = 'public.t') => ({ op: 'INSERT', table, new: { id: String(id), v: 'x' } }) as const;
const fallbacks = (events: readonly TaskEvent[]) => events.filter(({ code }) => code === 'DECODING_FALLBACK');
const lastStart = ({ server }: GaussScenario) => server.state.commands.findLast((one) => one.startsWith('START_'));

/** `table key` of all records, in the order of the source. */
async function arrived({ topic }: GaussScenario): Promise<string[]> {
  return inSourceOrder(await readAll([topic])).map(({ headers, key }) => `${headers['gausscast-table']} ${key}`);
}

async function withTable(options: FakeOptions): Promise<GaussScenario> {
  const gauss = await scenario(options);
  gauss.server.table('public.t', T);
  gauss.server.table('public.other', T);
  return gauss;
}

describe('a server that does not decode in parallel', () => {
  it.each([
    ['before 3.0, which is not asked', OLD, 'parallel-decoding', /3\.0/, []],
    [
      'of 5.0, which refuses',
      REFUSING,
      'heartbeat-table',
      /parallel-decode-num/,
      ['parallel-decode-num', 'white-table-list'],
    ],
  ] as const)('%s: the task goes on serially and says so', async (_what, options, alarm, reason, sent) => {
    const gauss = await withTable(options);
    const { api } = gauss;
    const { id } = await api.create(gauss.spec(['public.t']));
    const { checks } = await api.precheck(id);
    expect(checks.filter(({ status }) => status !== 'PASSED')).toMatchObject([{ id: alarm, status: 'ALARM' }]);
    await api.start(id);
    await api.waitFor(id, 'INCREMENTAL');
    gauss.server.commit(insert(1), insert(2, 'public.other'));
    gauss.server.commit(insert(3));
    await gauss.caughtUp(id);
    expect(await arrived(gauss)).toEqual(['public.t {"id":"1"}', 'public.t {"id":"3"}']);
    const [event, ...others] = fallbacks(await api.events(id));
    expect(others).toEqual([]);
    expect(event).toMatchObject({ level: 'warn', message: expect.stringContaining('serial') });
    expect(JSON.stringify(event!.data)).toMatch(reason);
    for (const option of ['parallel-decode-num', 'white-table-list']) {
      expect(lastStart(gauss)!.includes(option)).toBe(sent.some((one) => one === option));
    }
    expect(lastStart(gauss)).not.toContain('decode-style');
    await api.finish(id);
  });

  it('of 5.0: parallel decoding that was asked for fails in the words of the server', async () => {
    const gauss = await withTable(REFUSING);
    const { api, server } = gauss;
    const source = { decoding: { mode: 'parallel' } };
    const task = await api.create(gauss.spec(['public.t'], { source, retry: { maxAttempts: 1, initialDelayMs: 10 } }));
    await api.precheck(task.id);
    await api.start(task.id);
    const { lastError } = await api.waitFor(task.id, 'START_FAILED');
    expect(lastError).toMatchObject({
      code: 'SOURCE_QUERY',
      message: expect.stringContaining('could not parse value "4" for parameter "parallel-decode-num"'),
    });
    expect(server.state.commands.filter((one) => one.startsWith('START_'))).toHaveLength(2);
    expect(fallbacks(await api.events(task.id))).toEqual([]);
    expect((await api.forceStop(task.id)).droppedSlots).toEqual([{ node: 'default', slot: task.slot }]);
  });

  it('before 3.0: the precheck refuses parallel decoding that was asked for', async () => {
    const gauss = await withTable(OLD);
    const { api } = gauss;
    const { id } = await api.create(gauss.spec(['public.t'], { source: { decoding: { mode: 'parallel' } } }));
    const { status, checks } = await api.precheck(id);
    expect(status).toBe('FAILED');
    expect(checks.filter((check) => check.status === 'FAILED')).toMatchObject([
      {
        id: 'parallel-decoding',
        cause: expect.stringContaining('version 2'),
        cure: expect.stringContaining('"serial"'),
      },
    ]);
  });
});

describe('a server with a port of its own for replication', () => {
  it('fails the precheck without it', async () => {
    const gauss = await withTable(HA);
    const { api } = gauss;
    const { id } = await api.create(gauss.spec(['public.t']));
    const { status, checks } = await api.precheck(id);
    expect(status).toBe('FAILED');
    expect(checks.filter((check) => check.status === 'FAILED')).toMatchObject([
      {
        id: 'replication-connection',
        cause: expect.stringContaining('replication should connect HA port in thread_pool'),
        cure: expect.stringContaining('source.replicationPort'),
      },
    ]);
  });

  it('is told to the user where it is the next one', async () => {
    const gauss = await withTable(HA);
    const { api, server } = gauss;
    const [sql, ha] = await neighbours(server.port, server.haPort!);
    try {
      const { id } = await api.create(gauss.spec(['public.t'], { source: { port: sql.port } }));
      const { checks } = await api.precheck(id);
      const cure = `Set source.replicationPort to ${ha.port}.`;
      expect(checks.find((check) => check.status === 'FAILED')).toMatchObject({ id: 'replication-connection', cure });
    } finally {
      await Promise.all([sql.close(), ha.close()]);
    }
  });

  it('streams over it, and manages slots over it', async () => {
    const gauss = await withTable(HA);
    const { api, server } = gauss;
    const task = await api.run(gauss.spec(['public.t'], { source: { replicationPort: server.haPort } }));
    server.commit(insert(1));
    await gauss.caughtUp(task.id);
    expect(await arrived(gauss)).toEqual(['public.t {"id":"1"}']);
    expect(await api.forceStop(task.id)).toMatchObject({ remainingSlots: [], droppedSlots: [{ slot: task.slot }] });
  });
});

describe('tables', () => {
  const ODD = [
    'Order Lines',
    'a "quoted" one',
    'UPPER',
    "it's",
    'semi;colon',
    'dotted.name',
    'comma, blank',
    'tausend€',
  ];
  const FORMATS = Object.entries(GAUSS_FORMATS).filter(([name]) => !name.startsWith('parallel-text'));

  it.each(FORMATS)('of odd names are captured as %s', async (_name, decoding) => {
    const gauss = await withTable({});
    const { api, server } = gauss;
    for (const name of ODD) server.table(`Sch 1.${name}`, T);
    const include = ODD.map((name) => `"Sch 1"."${name.replaceAll('"', '""')}"`);
    const { id } = await api.run(gauss.spec(include, { source: { decoding } }));
    for (const [i, name] of ODD.entries()) server.commit(insert(i, `Sch 1.${name}`), insert(i));
    await gauss.caughtUp(id);
    expect(await arrived(gauss)).toEqual(ODD.map((name, i) => `Sch 1.${name} {"id":"${i}"}`));
    await api.finish(id);
  });

  it('of blanks in their names are refused with style text, which cannot tell them', async () => {
    const gauss = await withTable({});
    gauss.server.table('public.Order Lines', T);
    const { id } = await gauss.api.create(gauss.spec(['public.*'], { source: { decoding: { style: 'text' } } }));
    const { checks } = await gauss.api.precheck(id);
    expect(checks.filter(({ status }) => status === 'FAILED')).toMatchObject([
      {
        id: 'table-names',
        message: expect.stringContaining('public.Order Lines'),
        cure: expect.stringContaining('json'),
      },
    ]);
  });

  it.each(FORMATS)('made after the start are not captured, whatever the server sends: %s', async (_name, decoding) => {
    const gauss = await withTable({});
    const { api, server, service } = gauss;
    server.table('public.Order Lines', T);
    const { id } = await api.run(gauss.spec(['public.*'], { source: { decoding } }));
    // The blank makes the server send the whole schema.
    if (!('plugin' in decoding))
      expect(lastStart(gauss)).toContain(`"white-table-list" 'public.*,public.other,public.t'`);
    server.table('public.late', T);
    server.commit(insert(1, 'public.Order Lines'), insert(1, 'public.late'), insert(2));
    await gauss.caughtUp(id);
    await service.terminate();
    server.commit(insert(3, 'public.late'), insert(4));
    await service.restart();
    await api.waitFor(id, 'INCREMENTAL');
    await gauss.caughtUp(id);
    expect(await arrived(gauss)).toEqual([
      'public.Order Lines {"id":"1"}',
      'public.t {"id":"2"}',
      'public.t {"id":"4"}',
    ]);
    await api.finish(id);
  });
});

/** Two proxies whose ports follow each other, as those of a real server do. */
async function neighbours(first: number, second: number): Promise<[TcpProxy, TcpProxy]> {
  for (;;) {
    const sql = await startTcpProxy({ target: { host: '127.0.0.1', port: first } });
    try {
      return [sql, await startTcpProxy({ target: { host: '127.0.0.1', port: second }, port: sql.port + 1 })];
    } catch (error) {
      await sql.close();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
