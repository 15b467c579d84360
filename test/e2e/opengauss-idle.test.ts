import { describe, expect, it } from 'vitest';
import { HEARTBEAT_TABLE } from '../../src/domain/decoding.ts';
import type { Stream, Task } from '../support/api-client.ts';
import { lsnNumber } from '../support/caught-up.ts';
import { ID_TABLE, insertedIds, insertion, inTopicOrder } from '../support/opengauss-changes.ts';
import type { GaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { eventually } from '../support/poll.ts';

const TABLE = 'public.t';
/** More than a heartbeat is worth. */
const OTHERS_WAL = 2n * 1024n * 1024n;
const BEATS = { heartbeat: { create: true, intervalSeconds: 1 } };
/** A ping is sent each third of it: once a second. */
const settings = { logical_sender_timeout: '3000' };
/** More than go by between two heartbeats. */
const PINGS_PER_BEAT = 3;
const insert = (...ids: readonly number[]) => insertion(TABLE, ids);

const scenarioOf = gaussScenarios('idle');

describe('a slot without commits, decoded in parallel', () => {
  it('is not moved by keepalives, which run ahead of what is queued; nor does a stop end before that', async () => {
    const scenario = await start();
    const { server, api, topic } = scenario;
    const { wal, statuses } = server.state;
    const task = await run(scenario);
    server.pauseDelivery();
    server.commitTogether([insert(2), insert(3)]);
    const [delivered] = wal.transactions;
    await eventually('keepalives at the end of WAL', async () => {
      return lsnNumber((await streamOf(scenario, task)).serverLsn!) >= wal.end;
    });
    await api.stop(task.id);
    const asked = countStatusQuestions(scenario);
    await eventually('the queues to be asked for', () => asked() > 2, { everyMs: 20 });
    expect((await api.get(task.id)).state).toBe('STOPPING');
    for (const { flushed } of statuses) expect(flushed).toBeLessThanOrEqual(delivered!.commitEnd);
    server.resumeDelivery();
    await api.waitFor(task.id, 'COMPLETED');
    expect(insertedIds(await inTopicOrder(topic))).toEqual([1, 2, 3]);
  });

  it('is moved by heartbeats, written only while WAL of others piles up', async () => {
    const scenario = await start();
    const { server, api, topic } = scenario;
    const { wal, slots, heartbeats, statuses } = server.state;
    const task = await run(scenario, BEATS);
    expect(server.state.tables.has(`public.${HEARTBEAT_TABLE}`)).toBe(true);
    for (const count of [1, 2]) {
      wal.grow(OTHERS_WAL);
      const { end } = wal;
      await eventually('the slot to follow', () => slots.find(task.slot)!.confirmedFlush > end);
      await eventually('no lag', async () => (await streamOf(scenario, task)).lagBytes === 0);
      const pings = statuses.length;
      await eventually('another one to be due', () => statuses.length >= pings + PINGS_PER_BEAT);
      expect(heartbeats.get(task.slot)).toBe(count);
    }
    await api.finish(task.id);
    expect(insertedIds(await inTopicOrder(topic))).toEqual([1]);
  });

  it('stays where it is without the table, which the log tells; lag is 0 and a stop comes to its end all the same', async () => {
    const scenario = await start();
    const { server, api } = scenario;
    const { wal, slots } = server.state;
    const task = await run(scenario);
    const [own] = wal.transactions;
    wal.grow(OTHERS_WAL);
    const notice = await eventually('the notice', () => eventOf(scenario, task, 'HEARTBEAT_UNAVAILABLE'));
    expect(notice).toMatchObject({
      level: 'warn',
      data: { sql: expect.arrayContaining([expect.stringContaining(`CREATE TABLE "public"."${HEARTBEAT_TABLE}"`)]) },
    });
    await eventually('no lag', async () => (await streamOf(scenario, task)).lagBytes === 0);
    expect(slots.find(task.slot)!.confirmedFlush).toBeLessThanOrEqual(own!.commitEnd);
    await api.finish(task.id);
    expect(slots.all).toEqual([]);
  });
});

describe('a slot without commits, decoded serially', () => {
  it('is moved by keepalives', async () => {
    const scenario = await start();
    const { server, api } = scenario;
    const { wal, slots } = server.state;
    const task = await run(scenario, { decoding: { mode: 'serial' } });
    wal.grow(OTHERS_WAL);
    await eventually('the slot to follow', () => slots.find(task.slot)!.confirmedFlush === wal.end);
    await eventually('no lag', async () => (await streamOf(scenario, task)).lagBytes === 0);
    await api.finish(task.id);
    expect(server.state.heartbeats.size).toBe(0);
  });
});

describe('DDL inside a transaction', () => {
  it.each([
    ['parallel', [1, 2], true],
    ['serial', [1, 2, 3], false],
  ])('%s: rows behind it are there, or an event names transaction and table', async (mode, ids, isTold) => {
    const scenario = await start();
    const { server, api, topic } = scenario;
    const task = await run(scenario, { decoding: { mode } });
    server.pauseDelivery();
    const columns = { ...ID_TABLE.columns, more: 'integer' };
    const changes = [...insert(2).changes, { op: 'DDL', table: TABLE, columns } as const, ...insert(3).changes];
    server.commit(...changes);
    const { xid } = server.state.wal.transactions.at(-1)!;
    // The catalog is looked at when a stream starts, so it shows the change before the stream brings the transaction.
    server.cutAll();
    await eventually('another stream', () => server.state.commands.filter((text) => /^START_/.test(text)).length === 2);
    server.resumeDelivery();
    await scenario.caughtUp(task.id);
    const told = isTold
      ? await eventually('the event', () => eventOf(scenario, task, 'DDL_IN_TRANSACTION'))
      : await eventOf(scenario, task, 'DDL_IN_TRANSACTION');
    if (isTold)
      expect(told).toMatchObject({ level: 'error', data: { xid: Number(xid), schema: 'public', table: 't' } });
    else expect(told).toBeUndefined();
    await api.finish(task.id);
    expect(insertedIds(await inTopicOrder(topic))).toEqual(ids);
  });
});

/** A server with one table that sends keepalives often. */
async function start(): Promise<GaussScenario> {
  const scenario = await scenarioOf({ settings, idleKeepaliveMs: 50 });
  scenario.server.table(TABLE, ID_TABLE);
  return scenario;
}

/** A task that has published one change, row 1, which the server knows. */
async function run(scenario: GaussScenario, source: Record<string, unknown> = {}): Promise<Task> {
  const { server, api } = scenario;
  const retry = { initialDelayMs: 50, maxDelayMs: 200 };
  const task = await api.run(scenario.spec([TABLE], { source, retry }));
  server.commitTogether([insert(1)]);
  const { commitStart } = server.state.wal.transactions[0]!;
  const slot = server.state.slots.find(task.slot)!;
  await eventually('the first confirmation', () => slot.confirmedFlush > commitStart);
  return task;
}

async function streamOf({ api }: GaussScenario, { id }: Task): Promise<Stream> {
  return (await api.progress(id)).streams[0]!;
}

async function eventOf({ api }: GaussScenario, { id }: Task, wanted: string) {
  return (await api.events(id)).find(({ code }) => code === wanted);
}

/** How often the server was asked for the state of its queues from now on. */
function countStatusQuestions({ server }: GaussScenario): () => number {
  let count = 0;
  const matches = (sql: string) => {
    if (sql.includes('gs_get_parallel_decode_status')) count++;
    return false;
  };
  server.answer({ matches, answer: () => ({ columns: [], rows: [], tag: '' }) });
  return () => count;
}
