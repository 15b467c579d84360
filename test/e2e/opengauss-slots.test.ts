import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cleanup, Slot, Task } from '../support/api-client.ts';
import { cli } from '../support/cli.ts';
import { ADMIN } from '../support/fake-opengauss/server.ts';
import type { FakeOptions } from '../support/fake-opengauss/state.ts';
import { addGaussSlot, holdGaussSlot } from '../support/opengauss-holder.ts';
import type { GaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { eventually } from '../support/poll.ts';

const scenario = gaussScenarios('gaussslot');
/** No more rights than a task needs: it does not see the sessions of others. */
const PLAIN = { ...ADMIN, sysadmin: false };
const T = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;

async function withTable(options: FakeOptions = {}): Promise<GaussScenario> {
  const gauss = await scenario({ roles: [PLAIN], ...options });
  gauss.server.table('public.t', T);
  return gauss;
}

const slotsOf = ({ server }: GaussScenario) => server.state.slots.all.map(({ name }) => name);
const isIdle = ({ server }: GaussScenario, slot: string) =>
  eventually(`slot ${slot} to be free`, () => server.state.slots.find(slot)?.isActive === false);

describe('a forced stop', () => {
  /** A task whose service was away for a moment, in which `take` got hold of its slot. */
  async function taken(gauss: GaussScenario, take: (task: Task) => Promise<void>): Promise<Task> {
    const { api, service } = gauss;
    const task = await api.run(gauss.spec(['public.t']));
    await service.kill9();
    await isIdle(gauss, task.slot);
    await take(task);
    await service.restart();
    const retrying = await api.waitFor(task.id, 'RETRYING');
    expect(retrying.lastError).toMatchObject({ code: 'SLOT_IN_USE' });
    return task;
  }

  it.each([
    ['under the name of the slot, as a second service would', (slot: string) => `gausscast:${slot}`],
    ['under another name, and nobody else reads a slot', () => 'pg_recvlogical'],
  ])('ends the session that holds the slot %s', async (_how, name) => {
    const gauss = await withTable();
    let holder: Awaited<ReturnType<typeof holdGaussSlot>> | undefined;
    const task = await taken(gauss, async ({ slot }) => {
      holder = await holdGaussSlot(gauss.server, slot, name(slot));
    });
    const result = await gauss.api.forceStop(task.id);
    expect(result).toMatchObject({
      task: { state: 'COMPLETED' },
      terminatedSessions: [{ node: 'default', pid: holder!.pid }],
      droppedSlots: [{ node: 'default', slot: task.slot }],
      remainingSlots: [],
    });
    expect([holder!.isEnded, slotsOf(gauss)]).toEqual([true, []]);
    const codes = (await gauss.api.events(task.id)).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['SESSION_TERMINATED', 'SLOT_DROPPED']));
  });

  it('ends nobody where it is unclear who holds the slot, says what to run, and can be repeated', async () => {
    const gauss = await withTable();
    const { api, server } = gauss;
    addGaussSlot(server, 'theirs');
    await using other = await holdGaussSlot(server, 'theirs', 'debezium');
    const pids: number[] = [other.pid];
    let free = async () => {};
    const task = await taken(gauss, async ({ slot }) => {
      const holder = await holdGaussSlot(server, slot, 'pg_recvlogical');
      pids.push(holder.pid);
      free = async () => holder[Symbol.asyncDispose]();
    });
    for (const _time of ['first', 'again']) {
      const result = await api.forceStop(task.id);
      expect(result).toMatchObject({ task: { state: 'STOP_FAILED' }, terminatedSessions: [], droppedSlots: [] });
      expect(result.remainingSlots).toEqual([
        {
          node: 'default',
          slot: task.slot,
          reason: expect.stringMatching(
            new RegExp(`unclear.*pid ${pids[0]} \\(debezium.*pid ${pids[1]} \\(pg_recvlogical`),
          ),
          sql: [
            ...pids.map((pid) => `SELECT pg_terminate_backend(${pid});`),
            `SELECT pg_drop_replication_slot('${task.slot}');`,
          ],
        },
      ]);
      expect(server.sessions.filter(({ pid }) => pids.includes(Number(pid)))).toHaveLength(2);
    }
    await free();
    await isIdle(gauss, task.slot);
    expect(await api.forceStop(task.id)).toMatchObject({ task: { state: 'COMPLETED' }, remainingSlots: [] });
    expect([slotsOf(gauss), other.isEnded]).toEqual([['theirs'], false]);
  });

  it('without the source answers within 30 s with the SQL that is left to run, and does it when repeated', async () => {
    const gauss = await withTable();
    const { api, server } = gauss;
    const task = await api.run(gauss.spec(['public.t']));
    server.goSilent();
    const startedAt = Date.now();
    const first = await api.forceStop(task.id);
    expect(Date.now() - startedAt).toBeLessThan(30_000);
    expect(first).toMatchObject({ task: { state: 'STOP_FAILED' }, droppedSlots: [], terminatedSessions: [] });
    expect(first.remainingSlots).toEqual([
      {
        node: 'default',
        slot: task.slot,
        reason: expect.stringMatching(/./),
        sql: [
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gausscast:${task.slot}';`,
          `SELECT pg_drop_replication_slot('${task.slot}');`,
        ],
      },
    ]);
    server.cutAll();
    server.speak();
    const again = await api.forceStop(task.id);
    expect(again).toMatchObject({ task: { state: 'COMPLETED' }, remainingSlots: [] });
    expect(slotsOf(gauss)).toEqual([]);
  });
});

describe('slots that nobody uses any more', () => {
  /** Slots of all kinds: the task's own, two orphans, one of another installation, one of a user. */
  async function manySlots() {
    const gauss = await withTable({ otherDatabases: ['crm'] });
    const { api, server } = gauss;
    const task = await api.run(gauss.spec(['public.t']));
    const [installation] = task.slot.split('_').slice(1);
    const orphan = addGaussSlot(server, `gausscast_${installation}_aaaaaaaaaaaa`);
    const elsewhere = addGaussSlot(server, `gausscast_${installation}_bbbbbbbbbbbb`, 'pgoutput', 'crm');
    const neighbour = addGaussSlot(server, 'gausscast_zzzzzzzz_cccccccccccc');
    addGaussSlot(server, 'users_own');
    server.state.publications.set(elsewhere, []);
    return { ...{ gauss, task, orphan, elsewhere, neighbour }, all: server.state.slots.all.map(({ name }) => name) };
  }

  it('are told from those of tasks and of others, and dropped over REST, readers of theirs ended', async () => {
    const { gauss, task, orphan, elsewhere, neighbour, all } = await manySlots();
    const { api, server } = gauss;
    await using reader = await holdGaussSlot(server, orphan, `gausscast:${orphan}`);
    const owners = Object.fromEntries(
      (await api.slots(task.id)).map(({ slot, plugin, active, owner }) => [slot, `${owner} ${plugin} ${active}`]),
    );
    expect(owners).toEqual({
      [task.slot]: 'task mppdb_decoding true',
      [orphan]: 'orphan mppdb_decoding true',
      [elsewhere]: 'orphan pgoutput false',
      [neighbour]: 'foreign mppdb_decoding false',
      users_own: 'foreign mppdb_decoding false',
    });
    const droppedSlots = [orphan, elsewhere].map((slot) => ({ node: 'default', slot }));
    expect(await api.cleanup(task.id, { dryRun: true })).toMatchObject({ droppedSlots, remainingSlots: [] });
    expect(slotsOf(gauss)).toEqual(all);
    const terminatedSessions = [{ node: 'default', pid: reader.pid }];
    expect(await api.cleanup(task.id)).toEqual({ terminatedSessions, droppedSlots, remainingSlots: [] });
    expect(slotsOf(gauss)).toEqual(all.filter((slot) => slot !== orphan && slot !== elsewhere));
    expect([...server.state.publications.keys()]).toEqual([]);
    expect((await api.get(task.id)).state).toBe('INCREMENTAL');
    expect(await api.cleanup(task.id)).toEqual({ terminatedSessions: [], droppedSlots: [], remainingSlots: [] });
  });

  it('are found by the CLI straight on the database, without the service', async () => {
    const { gauss, task, orphan, elsewhere, neighbour, all } = await manySlots();
    const { server, service } = gauss;
    const folder = await mkdtemp(join(tmpdir(), 'gausscast-source-'));
    const file = join(folder, 'source.json');
    await writeFile(file, JSON.stringify(gauss.spec(['public.t']).source));
    const run = (...args: string[]) => cli(['slot', ...args, '--source', file]);
    const json = async <R>(...args: string[]) => {
      const { code, stdout } = await run(...args, '--json');
      expect(code).toBe(0);
      return JSON.parse(stdout) as R;
    };
    const cleaned = async (...args: string[]) =>
      (await json<Cleanup>('cleanup', ...args)).droppedSlots.map(({ slot }) => slot);
    try {
      const { slots } = await json<{ slots: Slot[] }>('list');
      expect(slots.map(({ slot, active, owner }) => [slot, active, owner])).toEqual(
        all.map((slot) => {
          const owner = slot === 'users_own' ? 'foreign' : slot === task.slot ? 'task' : 'orphan';
          return [slot, slot === task.slot, owner];
        }),
      );
      const ours = all.filter((slot) => slot === orphan || slot === elsewhere);
      const dataDir = ['--data-dir', service.dataDir];
      expect(await cleaned(...dataDir)).toEqual(ours);
      expect(slotsOf(gauss)).toEqual(all);
      expect(await cleaned('--yes', ...dataDir)).toEqual(ours);
      expect(slotsOf(gauss)).toEqual(all.filter((slot) => !ours.includes(slot)));
      expect(await cleaned('--yes')).toEqual([neighbour]);

      const busy = await run('drop', task.slot);
      expect([busy.code, busy.stdout + busy.stderr]).toEqual([3, expect.stringContaining('SLOT_IN_USE')]);
      expect((await run('drop', 'users_own')).code).toBe(0);
      expect((await run('drop', 'users_own')).code).toBe(4);
      expect(slotsOf(gauss)).toEqual([task.slot]);
      expect(server.state.slots.find(task.slot)!.isActive).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
