import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { caughtUp, leftovers } from '../support/caught-up.ts';
import { readAll } from '../support/consume.ts';
import { seeded } from '../support/random.ts';
import { startScenario } from '../support/scenario.ts';
import { freshTopicPrefix } from '../support/servers.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';

const KILLS = 6;

describe('kill -9 in the middle of a command', () => {
  it('of a start: the next life finishes it, and everything from then on arrives', async () => {
    await using scenario = await startScenario('killstart');
    const { api, sql, db, service } = scenario;
    await sql.query('create table t (id int primary key)');
    const random = seeded(Date.now());
    for (let kill = 0; kill < KILLS; kill++) {
      const topic = freshTopicPrefix('killstart');
      const { id } = await api.create(taskSpec(db.config, ['public.t'], { routing: fixedTopic(topic) }));
      await api.precheck(id);
      await api.start(id);
      await sleep(random.below(120));
      await service.kill9();
      await service.restart();
      await api.waitFor(id, 'INCREMENTAL');
      await sql.query(`insert into t values (${kill})`);
      await caughtUp(api, id, sql);
      expect((await readAll([topic])).map(({ key }) => String(key))).toEqual([`{"id":"${kill}"}`]);
      await api.finish(id);
      expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
    }
  }, 120_000);

  it('of a stop: the next life finishes it, with all that was committed before the request', async () => {
    await using scenario = await startScenario('killstop');
    const { api, sql, db, service } = scenario;
    await sql.query('create table t (id int primary key, v text)');
    const random = seeded(Date.now());
    for (let kill = 0; kill < KILLS; kill++) {
      const topic = freshTopicPrefix('killstop');
      const { id } = await api.run(taskSpec(db.config, ['public.t'], { routing: fixedTopic(topic) }));
      await sql.query("truncate t; insert into t select g, repeat('x', 200) from generate_series(1, 5000) g");
      await api.stop(id);
      await sql.query("insert into t values (0, 'after the request')");
      await sleep(random.below(150));
      await service.kill9();
      await service.restart();
      await api.waitFor(id, 'COMPLETED');
      const keys = new Set((await readAll([topic])).map(({ key }) => String(key)));
      keys.delete('{"id":"0"}');
      expect(keys.size).toBe(5000);
      expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
    }
  }, 120_000);

  it('of a forced stop: repeating it leaves nothing', async () => {
    await using scenario = await startScenario('killforce');
    const { api, sql, db, service } = scenario;
    await sql.query('create table t (id int primary key)');
    const random = seeded(Date.now());
    for (let kill = 0; kill < KILLS; kill++) {
      const { id } = await api.run(taskSpec(db.config, ['public.t'], { routing: fixedTopic(freshTopicPrefix()) }));
      const interrupted = api.forceStop(id).catch(() => undefined);
      await sleep(random.below(60));
      await service.kill9();
      await interrupted;
      await service.restart();
      const { task, remainingSlots } = await api.forceStop(id);
      expect([task.state, remainingSlots]).toEqual(['COMPLETED', []]);
      expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
    }
  }, 120_000);
});
