import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cleanup, Slot, Task } from '../support/api-client.ts';
import { leftovers, slotRow } from '../support/caught-up.ts';
import { cli } from '../support/cli.ts';
import { eventually } from '../support/poll.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { loginOf, privatePostgres } from '../support/servers.ts';
import { Service } from '../support/service.ts';
import { taskSpec } from '../support/task-spec.ts';

/** A slot whose task is gone: the data folder was put back to a copy from before the task was made. */
describe('slots that nobody uses any more', () => {
  let postgres: Awaited<ReturnType<typeof privatePostgres>>;
  let scenario: Scenario;
  let neighbour: Service;
  let folder: string;
  let orphan: Task;
  let present: Task;
  let foreign: Task;

  const spec = () => taskSpec(scenario.db.config, ['public.t']);
  const inactive = (slot: string) =>
    eventually(`slot ${slot} to be free`, async () => !(await slotRow(scenario.sql, slot))?.active);

  beforeAll(async () => {
    // A server of its own: the cleanup by the CLI takes unused slots of all databases.
    postgres = await privatePostgres();
    scenario = await startScenario('cleanup', { server: loginOf(postgres) });
    folder = await mkdtemp(join(tmpdir(), 'gausscast-backup-'));
    const { api, sql, service } = scenario;
    await sql.query('create table t (id int primary key)');
    await sql.query("select pg_create_logical_replication_slot('users_own', 'pgoutput')");
    await service.terminate();
    await cp(service.dataDir, join(folder, 'backup'), { recursive: true });
    await service.restart();
    orphan = await api.run(spec());
    await service.kill9();
    await rm(service.dataDir, { recursive: true });
    await cp(join(folder, 'backup'), service.dataDir, { recursive: true });
    await service.restart();
    neighbour = await Service.start();
    foreign = await neighbour.api.run(spec());
    present = await api.run(spec());
    await inactive(orphan.slot);
  });

  afterAll(async () => {
    await neighbour?.[Symbol.asyncDispose]();
    await scenario?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('are told from those of tasks and of others', async () => {
    const slots = await scenario.api.slots(present.id);
    const owners = Object.fromEntries(slots.map(({ slot, owner, active }) => [slot, `${owner} ${active}`]));
    expect(owners).toMatchObject({
      [orphan.slot]: 'orphan false',
      [present.slot]: 'task true',
      [foreign.slot]: 'foreign true',
      users_own: 'foreign false',
    });
    expect(slots.every(({ node, plugin }) => node === 'default' && plugin === 'pgoutput')).toBe(true);
  });

  it('are listed by a dry run and dropped by a real one, and no other slot is touched', async () => {
    const { api, sql } = scenario;
    const before = await leftovers(sql);
    expect(before.slots).toHaveLength(4);
    const dry = await api.cleanup(present.id, { dryRun: true });
    expect(dry).toEqual({
      terminatedSessions: [],
      droppedSlots: [{ node: 'default', slot: orphan.slot }],
      remainingSlots: [],
    });
    expect(await leftovers(sql)).toEqual(before);
    expect(await api.cleanup(present.id)).toEqual(dry);
    const after = await leftovers(sql);
    expect(after.slots).toEqual(before.slots.filter((slot) => slot !== orphan.slot));
    expect(after.publications).not.toContain(orphan.publication);
    expect((await api.get(present.id)).state).toBe('INCREMENTAL');
    expect(await api.cleanup(present.id)).toMatchObject({ droppedSlots: [] });
  });

  it('are found by the CLI straight on the database when service and data are gone', async () => {
    const { sql, service, db } = scenario;
    const file = join(folder, 'source.json');
    const { port, host, user, password, database } = db.config;
    await writeFile(file, JSON.stringify({ dialect: 'postgres', host, port, database, username: user, password }));
    await service.kill9();
    await inactive(present.slot);
    const json = async <T>(args: string[]) => {
      const { code, stdout } = await cli([...args, '--source', file, '--json']);
      expect(code).toBe(0);
      return JSON.parse(stdout) as T;
    };
    const dropped = (result: Cleanup) =>
      result.droppedSlots.map(({ slot }) => slot).filter((slot) => before.slots.includes(slot));
    const before = await leftovers(sql);

    const { slots } = await json<{ slots: Slot[] }>(['slot', 'list']);
    expect(slots.map(({ slot }) => slot)).toEqual(expect.arrayContaining([present.slot, foreign.slot, 'users_own']));
    // Only told, not done. The neighbour's slot is in use, so it is not for the taking.
    expect(dropped(await json(['slot', 'cleanup']))).toEqual([present.slot]);
    expect(await leftovers(sql)).toEqual(before);

    await neighbour.kill9();
    await inactive(foreign.slot);
    expect(dropped(await json(['slot', 'cleanup', '--yes', '--data-dir', service.dataDir]))).toEqual([present.slot]);
    expect((await leftovers(sql)).slots).toEqual([foreign.slot, 'users_own']);
    await rm(service.dataDir, { recursive: true });
    expect(dropped(await json(['slot', 'cleanup', '--yes']))).toEqual([foreign.slot]);
    expect(await leftovers(sql)).toEqual({ slots: ['users_own'], publications: [] });
    expect((await cli(['slot', 'drop', 'users_own', '--source', file])).code).toBe(0);
    expect((await leftovers(sql)).slots).toEqual([]);
  });
});
