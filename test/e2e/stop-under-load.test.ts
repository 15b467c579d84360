import { describe, expect, it } from 'vitest';
import { currentLsn, leftovers, lsnNumber } from '../support/caught-up.ts';
import { checkRecords } from '../support/checker.ts';
import { readAll } from '../support/consume.ts';
import { startLoad } from '../support/load.ts';
import { createLoadTables, loadTopics } from '../support/load-tables.ts';
import { eventually } from '../support/poll.ts';
import { startScenario } from '../support/scenario.ts';
import { taskSpec } from '../support/task-spec.ts';

const WIDE_ROWS = 40_000;

describe('a stop under load', () => {
  it('publishes all that was committed before the request, ends between transactions, and comes to an end', async () => {
    await using scenario = await startScenario('stopload');
    const { api, sql, db } = scenario;
    await createLoadTables(sql);
    await sql.query('create table wide (id int primary key, v text)');
    const task = await api.run(
      taskSpec(db.config, ['load.*', 'public.wide'], { routing: { partition: 'table-hash' } }),
    );
    const load = startLoad(db.config, { ratePerSecond: 300, seed: 4 });
    await eventually('records', async () => (await api.progress(task.id)).records.published > 1_500);
    // Puts the service behind: what is committed from here on is not in Kafka when the request comes.
    await sql.query(`insert into wide select g, repeat('x', 500) from generate_series(1, ${WIDE_ROWS}) g`);
    const requested = lsnNumber(await currentLsn(sql));
    await api.stop(task.id);
    await api.waitFor(task.id, 'COMPLETED', 30_000);
    const { committed } = await load.stop();
    expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });

    expect(await readAll([`${db.name}.public.wide`])).toHaveLength(WIDE_ROWS);
    const records = await readAll(loadTopics(db.name));
    const arrived = new Set(records.map(({ headers }) => headers['gausscast-xid']));
    const missing = committed.filter(({ xid, entries }) => entries.length > 0 && !arrived.has(xid));
    expect(missing.filter(({ endsBefore }) => lsnNumber(endsBefore!) <= requested)).toEqual([]);
    expect(missing.length).toBeGreaterThan(0);
    // Of those that arrived every change did, so no transaction was cut.
    const whole = committed.filter(({ xid }) => arrived.has(xid));
    const { duplicates } = checkRecords({
      records,
      leftOut: WIDE_ROWS,
      committed: whole,
      database: db.name,
      partitions: 3,
      policy: 'table-hash',
    });
    expect(duplicates).toEqual([]);
  }, 120_000);
});
