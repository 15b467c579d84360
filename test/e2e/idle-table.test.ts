import { describe, expect, it } from 'vitest';
import { caughtUp, currentLsn, lsnNumber, slotRow } from '../support/caught-up.ts';
import { readAll } from '../support/consume.ts';
import { eventually } from '../support/poll.ts';
import { startScenario } from '../support/scenario.ts';
import { taskSpec } from '../support/task-spec.ts';

const WRITTEN_BYTES = 20_000_000;

describe('an idle captured table', () => {
  it('does not hold WAL while other tables write', async () => {
    await using scenario = await startScenario('idle');
    const { api, sql, db } = scenario;
    await sql.query('create table idle (id int primary key); create table busy (id int, v text)');
    const task = await api.run(taskSpec(db.config, ['public.idle']));
    const start = lsnNumber((await slotRow(sql, task.slot))!.restart!);
    for (let i = 0; i < 20; i++)
      await sql.query(`insert into busy select g, repeat('x', 1000) from generate_series(1, 1000) g`);
    const written = lsnNumber(await currentLsn(sql));
    expect(Number(written - start)).toBeGreaterThan(WRITTEN_BYTES);

    await eventually('confirmed_flush_lsn to pass what was written', async () => {
      return lsnNumber((await slotRow(sql, task.slot))!.confirmed!) >= written;
    });
    // restart_lsn follows at the server's own snapshots of running transactions, which a checkpoint takes too.
    await eventually('restart_lsn to pass what was written', async () => {
      await sql.query('checkpoint');
      return lsnNumber((await slotRow(sql, task.slot))!.restart!) >= written;
    });
    const [stream] = (await api.progress(task.id)).streams;
    expect(lsnNumber(stream!.confirmedLsn!)).toBeGreaterThanOrEqual(written);
    expect(stream!.retainedWalBytes).toBeLessThan(WRITTEN_BYTES / 2);

    await sql.query('insert into idle values (1)');
    await caughtUp(api, task.id, sql);
    expect((await readAll([`${db.name}.public.idle`])).map(({ key }) => String(key))).toEqual(['{"id":"1"}']);
  }, 120_000);
});
