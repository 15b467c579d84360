import { describe, expect, it } from 'vitest';
import { caughtUp } from '../support/caught-up.ts';
import { checkFinalState, checkRecords } from '../support/checker.ts';
import { readAll } from '../support/consume.ts';
import { inSourceOrder } from '../support/drs-record.ts';
import { startLoad } from '../support/load.ts';
import { createLoadTables, loadTopics } from '../support/load-tables.ts';
import { eventually } from '../support/poll.ts';
import { startScenario } from '../support/scenario.ts';
import { privateKafka } from '../support/servers.ts';
import { taskSpec } from '../support/task-spec.ts';

const RESTARTS = 4;
const BIG_ROWS = 150_000;

describe('SIGTERM', () => {
  it('under load ends the service with code 0, and the next start goes on without repeating anything', async () => {
    await using scenario = await startScenario('sigterm');
    const { api, sql, db, service } = scenario;
    await createLoadTables(sql);
    const task = await api.run(taskSpec(db.config, ['load.*']));
    const load = startLoad(db.config, { ratePerSecond: 240, seed: 5 });
    for (let i = 0; i < RESTARTS; i++) {
      const { published } = (await api.progress(task.id)).records;
      await eventually('more records', async () => (await api.progress(task.id)).records.published > published + 300);
      expect(await service.terminate()).toEqual({ code: 0, signal: null });
      await service.restart();
      await api.waitFor(task.id, 'INCREMENTAL');
    }
    const { committed } = await load.stop();
    await caughtUp(api, task.id, sql);
    const records = await readAll(loadTopics(db.name));
    const { unique, duplicates } = checkRecords({ records, committed, database: db.name, partitions: 3 });
    await checkFinalState(unique, sql);
    expect(duplicates).toEqual([]);
    expect((await api.progress(task.id)).records.published).toBe(records.length);
  }, 120_000);

  it('in the middle of a big transaction does so too', async () => {
    await using scenario = await startScenario('sigbig');
    const { api, sql, db, service } = scenario;
    await sql.query('create table wide (id int primary key, v text)');
    const task = await api.run(taskSpec(db.config, ['public.wide']));
    await sql.query(`insert into wide select g, repeat('x', 300) from generate_series(1, ${BIG_ROWS}) g`);
    await eventually(
      'the transaction to be under way',
      async () => {
        const { published } = (await api.progress(task.id)).records;
        expect(published).toBeLessThan(BIG_ROWS);
        return published > 0;
      },
      { everyMs: 5 },
    );
    expect(await service.terminate()).toEqual({ code: 0, signal: null });
    const cut = (await readAll([`${db.name}.public.wide`])).length;
    expect(cut).toBeGreaterThan(0);
    expect(cut).toBeLessThan(BIG_ROWS);
    await service.restart();
    await caughtUp(api, task.id, sql);
    await api.finish(task.id);
    const records = inSourceOrder(await readAll([`${db.name}.public.wide`]));
    expect(records.length).toBe(BIG_ROWS);
    expect(
      records.every(({ drs, number }, i) => drs.data![0]!.id === String(i + 1) && number === records[0]!.number + i),
    ).toBe(true);
  }, 120_000);

  it('without Kafka ends the service within --shutdown-timeout, a second signal at once, and nothing is lost', async () => {
    await using kafka = await privateKafka();
    await using scenario = await startScenario('sigdown', { service: { env: { GAUSSCAST_SHUTDOWN_TIMEOUT: '3s' } } });
    const { api, sql, db, service } = scenario;
    await sql.query('create table t (id int primary key)');
    const task = await api.run(taskSpec(db.config, ['public.t'], { target: { brokers: [kafka.bootstrap] } }));
    await sql.query('insert into t select g from generate_series(1, 10) g');
    await caughtUp(api, task.id, sql);
    await kafka.stop('SIGKILL');
    await sql.query('insert into t select g from generate_series(11, 20) g');
    await eventually('changes to wait', async () => (await api.progress(task.id)).streams[0]!.lagBytes! > 0);
    const startedAt = Date.now();
    expect(await service.terminate()).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(4_000);

    await service.restart();
    await sql.query('insert into t values (21)');
    process.kill(service.pid, 'SIGTERM');
    await eventually('the shutdown to begin', () => service.logs.at(-1)?.includes('shutting down'), { everyMs: 5 });
    const secondAt = Date.now();
    await service.terminate();
    expect(Date.now() - secondAt).toBeLessThan(1_000);

    await kafka.start();
    await service.restart();
    await caughtUp(api, task.id, sql);
    const keys = (await readAll([`${db.name}.public.t`], { bootstrap: kafka.bootstrap })).map(({ key }) => String(key));
    expect(new Set(keys).size).toBe(21);
  }, 120_000);
});
