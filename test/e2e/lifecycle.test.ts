import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { caughtUp, leftovers, slotRow } from '../support/caught-up.ts';
import { readAll } from '../support/consume.ts';
import { eventually } from '../support/poll.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { freshTopicPrefix } from '../support/servers.ts';
import { holdSlot } from '../support/slot-holder.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

describe('the life of a task', () => {
  let scenario: Scenario;
  let topic: string;
  let spec: (changes?: Record<string, unknown>) => Record<string, unknown>;

  beforeAll(async () => {
    scenario = await startScenario('lifecycle');
    await scenario.sql.query('create table t (id int primary key, v text)');
  });

  beforeEach(async () => {
    topic = freshTopicPrefix('lifecycle');
    spec = (changes = {}) => taskSpec(scenario.db.config, ['public.t'], { routing: fixedTopic(topic, 1), ...changes });
    await scenario.sql.query('truncate t');
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  const ids = async () => (await readAll([topic])).map(({ key }) => JSON.parse(String(key)).id as string);

  it('begins at the planned time and not before, also when the service is started anew meanwhile', async () => {
    const { api, sql, service } = scenario;
    const task = await api.create(spec());
    await api.precheck(task.id);
    const startAt = new Date(Date.now() + 4_000).toISOString();
    expect(await api.start(task.id, { startAt, acceptAlarms: true })).toMatchObject({
      state: 'PENDING_START',
      startAt,
    });
    await sql.query("insert into t values (1, 'too early')");
    expect(await slotRow(sql, task.slot)).toBeUndefined();
    await service.terminate();
    await service.restart();
    const running = await api.waitFor(task.id, 'INCREMENTAL');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(startAt));
    expect(running.state).toBe('INCREMENTAL');
    await sql.query("insert into t values (2, 'in time')");
    await api.finish(task.id);
    expect(await ids()).toEqual(['2']);
  });

  it('ends, when stopped, with all that was committed before the request in Kafka, and leaves nothing', async () => {
    const { api, sql } = scenario;
    const task = await api.run(spec());
    expect(await leftovers(sql)).toEqual({ slots: [task.slot], publications: [task.publication] });
    await sql.query('insert into t select g from generate_series(1, 20000) g');
    const stopping = await api.stop(task.id);
    expect(['STOPPING', 'COMPLETED']).toContain(stopping.state);
    await api.waitFor(task.id, 'COMPLETED');
    expect(new Set(await ids()).size).toBe(20_000);
    expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
    await api.remove(task.id);
    expect((await api.request('GET', `/tasks/${task.id}`)).status).toBe(404);
  });

  it('keeps the slot when asked, and a delete then has to be forced', async () => {
    const { api, sql } = scenario;
    const task = await api.run(spec());
    await api.finish(task.id, { dropSlot: false });
    expect((await leftovers(sql)).slots).toEqual([task.slot]);
    const refused = await api.request<{ code: string; hint: string }>('DELETE', `/tasks/${task.id}`);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'SLOT_LEFT', hint: expect.stringContaining('force') });
    expect((await leftovers(sql)).slots).toEqual([task.slot]);
    await api.remove(task.id, { force: true });
    expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
  });

  it('uses a publication and a slot of the user as they are, and drops neither', async () => {
    const { api, sql } = scenario;
    await sql.query('create table unpublished (id int primary key); create publication users_own for table t');
    await sql.query("select pg_create_logical_replication_slot('users_slot', 'pgoutput')");
    await sql.query("insert into t values (1, 'between slot and start')");
    const task = await api.run(spec({ source: { publication: 'users_own', slot: { name: 'users_slot' } } }));
    expect(task).toMatchObject({ slot: 'users_slot', publication: 'users_own' });
    await api.finish(task.id);
    expect(await ids()).toEqual(['1']);
    expect(await leftovers(sql)).toEqual({ slots: ['users_slot'], publications: ['users_own'] });
    await api.remove(task.id);
    await sql.query(
      "drop table unpublished; drop publication users_own; select pg_drop_replication_slot('users_slot')",
    );
  });

  it('ends by force at once, says what it did, and can be told so again', async () => {
    const { api, sql } = scenario;
    const task = await api.run(spec());
    const first = await api.forceStop(task.id);
    expect(first.task.state).toBe('COMPLETED');
    expect(first.droppedSlots).toEqual([{ node: 'default', slot: task.slot }]);
    expect(first.remainingSlots).toEqual([]);
    expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
    const again = await api.forceStop(task.id);
    expect(again).toMatchObject({ terminatedSessions: [], droppedSlots: [], remainingSlots: [] });
    expect((await api.request<{ code: string }>('POST', `/tasks/${task.id}/stop`)).body.code).toBe('ILLEGAL_STATE');
  });

  it('a forced stop ends the session of somebody else that holds the slot', async () => {
    const { api, sql, service, db } = scenario;
    const task = await api.run(spec());
    await service.kill9();
    await eventually('the slot to be free', async () => !(await slotRow(sql, task.slot))!.active);
    await using holder = await holdSlot(db.config, task.slot, task.publication);
    await service.restart();
    const retrying = await api.waitFor(task.id, 'RETRYING');
    expect(retrying.lastError).toMatchObject({ code: 'SLOT_IN_USE' });
    const result = await api.forceStop(task.id);
    expect(result.terminatedSessions).toEqual([{ node: 'default', pid: holder.pid }]);
    expect(result.droppedSlots).toEqual([{ node: 'default', slot: task.slot }]);
    expect(result.remainingSlots).toEqual([]);
    expect(result.task.state).toBe('COMPLETED');
    expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
  });

  it('a forced stop without the source answers within 30 s with the SQL that is left to run, and does it when repeated', async () => {
    const { api, sql, db } = scenario;
    const proxy = await startTcpProxy({ target: db.config });
    try {
      const task = await api.run(spec({ source: { port: proxy.port } }));
      proxy.blackhole();
      const startedAt = Date.now();
      const first = await api.forceStop(task.id);
      expect(Date.now() - startedAt).toBeLessThan(30_000);
      expect(first).toMatchObject({ task: { state: 'STOP_FAILED' }, droppedSlots: [] });
      const [left] = first.remainingSlots;
      expect(left).toMatchObject({ node: 'default', slot: task.slot, reason: expect.stringMatching(/./) });
      expect(left!.sql.join('\n')).toMatch(new RegExp(`pg_drop_replication_slot\\('${task.slot}'\\)`, 'i'));
      proxy.cut();
      proxy.release();
      const again = await api.forceStop(task.id);
      expect(again).toMatchObject({ task: { state: 'COMPLETED' }, remainingSlots: [] });
      expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
    } finally {
      await proxy.close();
    }
  });

  it('a task that was stopped by force goes on nowhere: the slot is gone and a start is refused', async () => {
    const { api, sql } = scenario;
    const task = await api.run(spec());
    await sql.query("insert into t values (1, 'x')");
    await caughtUp(api, task.id, sql);
    await api.forceStop(task.id);
    const refused = await api.request<{ code: string }>('POST', `/tasks/${task.id}/start`);
    expect([refused.status, refused.body.code]).toEqual([409, 'ILLEGAL_STATE']);
    expect(await ids()).toEqual(['1']);
  });
});
