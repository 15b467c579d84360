import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caughtUp } from '../support/caught-up.ts';
import { readAll } from '../support/consume.ts';
import { inSourceOrder } from '../support/drs-record.ts';
import { eventually } from '../support/poll.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { taskSpec } from '../support/task-spec.ts';

describe('tables that change while they are captured', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startScenario('schema');
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  const recordsOf = async (table: string) => inSourceOrder(await readAll([`${scenario.db.name}.public.${table}`]));

  it('are published in the shape each change had, within one transaction too', async () => {
    const { api, sql, db } = scenario;
    await sql.query('create table evolving (id int primary key, a int, b text)');
    const task = await api.run(taskSpec(db.config, ['public.evolving']));
    const steps = [
      "insert into evolving values (1, 1, 'b')",
      'alter table evolving add column c numeric default 7',
      'begin; insert into evolving values (2, 2, null, 3.50); alter table evolving drop column b; insert into evolving values (3, 3); commit',
      'alter table evolving rename column a to "A"; alter table evolving alter column "A" type text',
      'insert into evolving values (4, $$four$$)',
      'alter table evolving drop constraint evolving_pkey, add primary key ("A")',
      'update evolving set c = 9 where id = 4',
    ];
    for (const step of steps) await sql.query(step);
    await caughtUp(api, task.id, sql);
    const records = await recordsOf('evolving');
    expect(records.map(({ key, drs }) => [String(key), drs.data![0]])).toEqual([
      ['{"id":"1"}', { id: '1', a: '1', b: 'b' }],
      ['{"id":"2"}', { id: '2', a: '2', b: null, c: '3.50' }],
      ['{"id":"3"}', { id: '3', a: '3', c: '7' }],
      ['{"id":"4"}', { id: '4', A: 'four', c: '7' }],
      ['{"A":"four"}', { id: '4', A: 'four', c: '9' }],
    ]);
    expect(records[1]!.drs.columnType).toEqual({ id: 'integer', a: 'integer', b: 'text', c: 'numeric' });
    expect(records[3]!.drs.columnType).toEqual({ id: 'integer', A: 'text', c: 'numeric' });
    expect(await api.events(task.id)).toContainEqual(expect.objectContaining({ code: 'RELATION_CHANGED' }));
    await api.finish(task.id);
  });

  it('and are dropped while the service is down are published to their last change', async () => {
    const { api, sql, db, service } = scenario;
    await sql.query('create table doomed (id int primary key, v text); create table kept (id int primary key)');
    const task = await api.run(taskSpec(db.config, ['public.doomed', 'public.kept']));
    await sql.query("insert into doomed values (1, 'a')");
    await caughtUp(api, task.id, sql);
    await service.kill9();
    await sql.query("insert into doomed values (2, 'b'); delete from doomed where id = 1");
    await sql.query('drop table doomed');
    await sql.query('insert into kept values (1)');
    await service.restart();
    await caughtUp(api, task.id, sql);
    const last = (await recordsOf('doomed')).map(({ key, drs }) => `${drs.type} ${key}`);
    expect(last).toEqual(['INSERT {"id":"1"}', 'INSERT {"id":"2"}', 'DELETE {"id":"1"}']);
    expect(await recordsOf('kept')).toHaveLength(1);
    await api.finish(task.id);
  });

  it('are truncated: by default only told, numbered all the same; with truncate: error the task stops before it', async () => {
    const { api, sql, db } = scenario;
    await sql.query('create table emptied (id int primary key); create table emptied_too (id int primary key)');
    const lenient = await api.run(taskSpec(db.config, ['public.emptied*']));
    const strict = await api.run(
      taskSpec(db.config, ['public.emptied'], {
        truncate: 'error',
        retry: { initialDelayMs: 200 },
        routing: { topic: { template: '${database}.strict' } },
      }),
    );
    await sql.query('insert into emptied values (1)');
    await sql.query('truncate emptied, emptied_too');
    await sql.query('insert into emptied values (2)');
    await caughtUp(api, lenient.id, sql);
    const [first, second] = await recordsOf('emptied');
    // One number for each table truncated.
    expect(second!.number - first!.number).toBe(3);
    const told = await eventually('the event', async () =>
      (await api.events(lenient.id)).find(({ code }) => code === 'TRUNCATE_IGNORED'),
    );
    expect(told.message).toContain('public.emptied_too');
    const failed = await api.waitFor(strict.id, 'INCREMENTAL_FAILED');
    expect(failed.lastError).toMatchObject({ code: 'TRUNCATE_SEEN', hint: expect.stringContaining('ignore') });
    expect(await readAll([`${db.name}.strict`])).toHaveLength(1);
    // The cure that the hint names.
    await api.patch(strict.id, { truncate: 'ignore' });
    await api.precheck(strict.id);
    await api.start(strict.id);
    await api.waitFor(strict.id, 'INCREMENTAL');
    await caughtUp(api, strict.id, sql);
    expect(await readAll([`${db.name}.strict`])).toHaveLength(2);
    await api.finish(lenient.id);
    await api.finish(strict.id);
  });
});
