import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../support/api-client.ts';
import { caughtUp } from '../support/caught-up.ts';
import { cli } from '../support/cli.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { taskSpec } from '../support/task-spec.ts';

describe('the edge of the service', () => {
  let scenario: Scenario;
  let task: Task;

  beforeAll(async () => {
    scenario = await startScenario('edge');
    const { api, sql, db } = scenario;
    await sql.query('create table t (id int primary key)');
    task = await api.run(taskSpec(db.config, ['public.t'], { description: 'about t', tags: { team: 'core' } }));
    await sql.query('insert into t select g from generate_series(1, 7) g');
    await caughtUp(api, task.id, sql);
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  it('tells that it lives and is ready', async () => {
    const { api } = scenario;
    expect((await api.fetch('GET', '/health/live')).status).toBe(200);
    expect((await api.fetch('GET', '/health/ready')).status).toBe(200);
  });

  it('counts for Prometheus', async () => {
    const { text, contentType } = await scenario.api.fetch('GET', '/metrics');
    expect(contentType).toContain('text/plain');
    const line = text.split('\n').find((one) => one.startsWith('cdc_records_total{') && one.includes(`"${task.name}"`));
    expect(line).toMatch(/ 7$/);
  });

  it('describes itself by OpenAPI, for programs and for people', async () => {
    const { api } = scenario;
    const { body } = await api.fetch<{ openapi: string; paths: Record<string, unknown> }>('GET', '/openapi.json');
    expect(body.openapi).toMatch(/^3\./);
    const path = Object.keys(body.paths).find((one) => one.endsWith('/tasks/{id}/slots/cleanup'));
    expect(body.paths[path!]).toHaveProperty('post');
    const docs = await api.fetch('GET', '/docs');
    expect([docs.status, docs.contentType]).toEqual([200, expect.stringContaining('text/html')]);
  });

  it('shows a task as it was asked for, with the defaults filled in and no password', async () => {
    const { api, db } = scenario;
    const { password: _, user, ...place } = db.config;
    const shown = await api.get(task.id);
    expect(shown).toMatchObject({ id: task.id, state: 'INCREMENTAL', drsStatus: 'INCRE_TRANSFER_STARTED' });
    expect(shown.spec).toMatchObject({
      description: 'about t',
      tags: { team: 'core' },
      source: { ...place, username: user },
      routing: {
        topic: { policy: 'auto', template: '${database}.${schema}.${table}', partitions: 3, replicationFactor: 1 },
        partition: 'primary-key-hash',
      },
      envelope: { format: 'drs-json' },
      delivery: { guarantee: 'at-least-once' },
    });
    expect(shown.spec.source).not.toHaveProperty('password');
    expect(Date.parse(shown.createdAt)).toBeGreaterThan(Date.now() - 300_000);
  });

  it('finds tasks by id and by name, and lists them by page, state and name', async () => {
    const { api, db } = scenario;
    expect((await api.get(task.name)).id).toBe(task.id);
    const created = await api.request<Task>('POST', '/tasks', taskSpec(db.config, ['public.t']));
    expect(created.location).toMatch(new RegExp(`/tasks/${created.body.id}$`));
    expect(created.body).toMatchObject({ state: 'CONFIGURATION', drsStatus: 'CONFIGURATION' });
    const first = await api.list('?limit=1');
    const second = await api.list(`?limit=1&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([task.id, created.body.id]);
    expect(second.nextCursor).toBeNull();
    expect((await api.list('?state=INCREMENTAL')).items.map(({ id }) => id)).toEqual([task.id]);
    expect((await api.list(`?name=${created.body.name}`)).items.map(({ id }) => id)).toEqual([created.body.id]);
    await api.remove(created.body.id);
  });

  it('refuses to start on a port, a data folder or a file that is not its own', async () => {
    const { service } = scenario;
    const port = new URL(service.url).port;
    const folder = join(service.dataDir, 'other');
    await mkdir(folder);
    const taken = await cli(['serve', '--port', port, '--data-dir', folder]);
    expect([taken.code, taken.stdout + taken.stderr]).toEqual([1, expect.stringContaining(port)]);
    const locked = await cli(['serve', '--port', '0', '--data-dir', service.dataDir]);
    expect([locked.code, locked.stdout + locked.stderr]).toEqual([1, expect.stringContaining('STORE_LOCKED')]);
    const config = join(folder, 'bad.yaml');
    await writeFile(config, 'prot: 1');
    const misspelt = await cli(['serve', '--config', config]);
    expect([misspelt.code, misspelt.stdout + misspelt.stderr]).toEqual([2, expect.stringMatching(/prot.*port/s)]);
    expect((await scenario.api.get(task.id)).state).toBe('INCREMENTAL');
  });
});
