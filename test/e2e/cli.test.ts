import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Precheck, Task } from '../support/api-client.ts';
import { caughtUp, leftovers } from '../support/caught-up.ts';
import { cli } from '../support/cli.ts';
import { readAll } from '../support/consume.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { freshTopicPrefix } from '../support/servers.ts';
import { taskSpec } from '../support/task-spec.ts';

describe('the command line', () => {
  let scenario: Scenario;
  let folder: string;
  const name = freshTopicPrefix('cli');

  beforeAll(async () => {
    scenario = await startScenario('cli');
    folder = await mkdtemp(join(tmpdir(), 'gausscast-cli-'));
    await scenario.sql.query('create table t (id int primary key)');
    const { password: _, ...source } = taskSpec(scenario.db.config, []).source as Record<string, unknown>;
    const spec = { ...taskSpec(scenario.db.config, ['public.t']), name, source };
    await writeFile(join(folder, 'task.yaml'), stringify(spec));
    await writeFile(join(folder, 'bad.yaml'), stringify({ ...spec, nmae: 'x' }));
    await writeFile(join(folder, 'broken.yaml'), 'a: [1');
  });

  afterAll(async () => {
    await scenario?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs against the scenario's service; exit code, stdout and stderr. */
  const run = (line: string, stdin?: string) =>
    cli(line.split(' '), {
      env: { GAUSSCAST_SERVER: scenario.service.url, SOURCE_PASSWORD: scenario.db.config.password },
      ...(stdin === undefined ? {} : { stdin }),
    });
  const file = (base: string) => join(folder, base);
  const json = async <T>(line: string) => JSON.parse((await run(`${line} --json`)).stdout) as T;

  it('takes a task from its file to its end', async () => {
    const { api, sql, db } = scenario;
    const created = await run(`task create -f ${file('task.yaml')} --set-password-from-env SOURCE_PASSWORD`);
    expect(created.code, created.stderr).toBe(0);
    expect(created.stdout).toContain(name);
    expect((await run('task list')).stdout).toContain(name);
    expect((await run(`task start ${name}`)).code).toBe(3);
    const report = await run(`task precheck ${name} --wait`);
    expect([report.code, report.stdout]).toEqual([0, expect.stringContaining('ALARM')]);
    const alarms = await run(`task start ${name}`);
    expect([alarms.code, alarms.stderr]).toEqual([3, expect.stringContaining('old-rows')]);
    expect((await run(`task start ${name} --accept-alarms`)).code).toBe(0);
    const { id } = await api.waitFor(name, 'INCREMENTAL');
    await sql.query('insert into t values (1)');
    await caughtUp(api, id, sql);
    expect((await run(`task show ${id}`)).stdout).toContain('INCREMENTAL');
    expect((await run(`slot list --task ${name}`)).stdout).toContain((await api.get(id)).slot);
    expect((await run(`task delete ${name}`)).code).toBe(3);
    expect((await run(`task stop ${name}`)).code).toBe(0);
    await api.waitFor(id, 'COMPLETED');
    expect((await run(`task stop ${name}`)).code).toBe(3);
    expect((await run(`task stop ${name} --force`)).code).toBe(0);
    expect((await readAll([`${db.name}.public.t`])).length).toBe(1);
    expect(await leftovers(sql)).toEqual({ slots: [], publications: [] });
    expect((await run(`task events ${name}`)).stdout).toContain('TASK_CREATED');
    expect((await run(`task delete ${name}`)).code).toBe(0);
    expect((await run(`task show ${name}`)).code).toBe(4);
  });

  it('prints with --json exactly what REST answers', async () => {
    const { api } = scenario;
    const created = await json<Task>(`task create -f ${file('task.yaml')} --set-password-from-env SOURCE_PASSWORD`);
    expect(created).toEqual(await api.get(created.id));
    const pairs = [
      [`task show ${name}`, `/tasks/${created.id}`],
      ['task list', '/tasks'],
      [`task events ${name}`, `/tasks/${created.id}/events`],
      [`slot list --task ${name}`, `/tasks/${created.id}/slots`],
    ] as const;
    for (const [line, path] of pairs) {
      const { stdout } = await run(`${line} --json`);
      expect(stdout).toBe(`${(await api.request('GET', path)).text}\n`);
    }
    const report = await json<Precheck>(`task precheck ${name} --wait`);
    expect(report).toEqual(await api.precheckReport(created.id));
    const refused = await run('task show nobody --json');
    expect(refused.code).toBe(4);
    expect(JSON.parse(refused.stdout || refused.stderr)).toMatchObject({ code: 'TASK_NOT_FOUND', status: 404 });
    await run(`task delete ${name}`);
  });

  it('takes the password from standard input', async () => {
    const created = await run(
      `task create -f ${file('task.yaml')} --password-stdin --json`,
      `${scenario.db.config.password}\n`,
    );
    expect(created.code, created.stderr).toBe(0);
    expect((await json<Precheck>(`task precheck ${name} --wait`)).status).toBe('ALARM');
    expect((await run(`task delete ${name}`)).code).toBe(0);
  });

  it('ends with the exit code that tells what went wrong', async () => {
    const exits: readonly (readonly [line: string, code: number, message: RegExp])[] = [
      [`task create -f ${file('bad.yaml')} --set-password-from-env SOURCE_PASSWORD`, 1, /nmae.*name/s],
      [`task create -f ${file('broken.yaml')}`, 1, /broken\.yaml/],
      [`task create -f ${file('missing.yaml')}`, 2, /missing\.yaml/],
      [`task create -f ${file('task.yaml')} --set-password-from-env NOT_SET`, 2, /NOT_SET/],
      ['task', 2, /./],
      ['task nonsense', 2, /nonsense/],
      ['task list --nonsense', 2, /--nonsense/],
      ['task stop', 2, /id/],
      ['slot list', 2, /--task.*--source/],
      ['task start nobody', 4, /TASK_NOT_FOUND/],
      ['task list --server http://127.0.0.1:1', 5, /127\.0\.0\.1:1/],
    ];
    for (const [line, code, message] of exits) {
      const result = await run(line);
      expect([line, result.code], result.stderr).toEqual([line, code]);
      expect(result.stdout + result.stderr).toMatch(message);
    }
    expect((await run('--help')).code).toBe(0);
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });
});
