import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.ts';
import { caughtUp, slotRow } from '../support/caught-up.ts';
import { checkFinalState, checkRecords } from '../support/checker.ts';
import { readAll } from '../support/consume.ts';
import { startLoad } from '../support/load.ts';
import { createLoadTables, loadTopics } from '../support/load-tables.ts';
import { eventually } from '../support/poll.ts';
import { startScenario } from '../support/scenario.ts';
import { loginOf, privateKafka, privatePostgres } from '../support/servers.ts';
import { taskSpec } from '../support/task-spec.ts';

const KAFKA_DOWN_MS = 30_000;

describe('outages', () => {
  it('of Kafka for 30 s and of PostgreSQL, under load, are got over by the task alone, and nothing is lost', async () => {
    await using kafka = await privateKafka();
    await using postgres = await privatePostgres();
    await using scenario = await startScenario('outage', { server: loginOf(postgres) });
    const { api, db } = scenario;
    await createLoadTables(scenario.sql);
    const task = await api.run(taskSpec(db.config, ['load.*'], { target: { brokers: [kafka.bootstrap] } }));
    const load = startLoad(db.config, { ratePerSecond: 120, seed: 8 });
    await eventually('records', async () => (await api.progress(task.id)).records.published > 500);

    await kafka.stop();
    const states = watchStates(api, task.id);
    await sleep(KAFKA_DOWN_MS);
    const { lagBytes } = (await api.progress(task.id)).streams[0]!;
    await kafka.start();
    await caughtUp(api, task.id, scenario.sql);
    expect(lagBytes).toBeGreaterThan(100_000);
    expect([...states.seen].sort()).toSatisfy((seen: string[]) =>
      seen.every((state) => ['INCREMENTAL', 'RETRYING', 'STARTING'].includes(state)),
    );

    await postgres.restart('fast');
    await eventually('the task to be RETRYING', () => states.seen.has('RETRYING'));
    await api.waitFor(task.id, 'INCREMENTAL');
    const sql = await db.connect();
    const published = (await api.progress(task.id)).records.published;
    await eventually('more records', async () => (await api.progress(task.id)).records.published > published + 500);
    await states.stop();

    const { committed } = await load.stop();
    await caughtUp(api, task.id, sql);
    const records = await readAll(loadTopics(db.name), { bootstrap: kafka.bootstrap });
    const { unique } = checkRecords({ records, committed, database: db.name, partitions: 3 });
    await checkFinalState(unique, sql);
    expect((await api.get(task.id)).lastError).toBeNull();
  }, 240_000);

  it('a slot dropped behind our back ends the task with SLOT_LOST, and is not made again', async () => {
    await using scenario = await startScenario('slotlost');
    const { api, sql, db } = scenario;
    await sql.query('create table t (id int primary key)');
    const task = await api.run(taskSpec(db.config, ['public.t']));
    await sql.query('insert into t values (1)');
    await caughtUp(api, task.id, sql);
    await dropBehindItsBack(sql, task.slot);
    await sql.query('insert into t values (2)');

    const failed = await api.waitFor(task.id, ['INCREMENTAL_FAILED', 'START_FAILED']);
    expect(failed.lastError).toMatchObject({ code: 'SLOT_LOST', hint: expect.stringMatching(/./) });
    expect(await slotRow(sql, task.slot)).toBeUndefined();
    expect(await api.events(task.id)).toContainEqual(expect.objectContaining({ code: 'SLOT_LOST', level: 'error' }));
    // Not by starting the service anew either.
    await scenario.service.terminate();
    await scenario.service.restart();
    expect((await api.get(task.id)).lastError).toMatchObject({ code: 'SLOT_LOST' });
    expect(await slotRow(sql, task.slot)).toBeUndefined();
    expect((await readAll([`${db.name}.public.t`])).length).toBe(1);
  }, 120_000);
});

/** The states a task shows from now on. */
function watchStates(api: ApiClient, id: string): { seen: Set<string>; stop(): Promise<void> } {
  const seen = new Set<string>();
  const watch = { on: true };
  const loop = (async () => {
    for (; watch.on; await sleep(50)) seen.add((await api.get(id)).state);
  })();
  loop.catch(() => undefined);
  return {
    seen,
    stop() {
      watch.on = false;
      return loop;
    },
  };
}

/** Ends the session and drops the slot before the next one comes. */
async function dropBehindItsBack(sql: pg.Client, slot: string): Promise<void> {
  await eventually('the slot to be dropped', async () => {
    await sql.query('select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = $1', [
      slot,
    ]);
    return sql.query('select pg_drop_replication_slot($1)', [slot]).catch(() => false);
  });
}
