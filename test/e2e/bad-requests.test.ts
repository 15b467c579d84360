import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Problem } from '../support/api-client.ts';
import { leftovers } from '../support/caught-up.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { taskSpec } from '../support/task-spec.ts';

describe('requests that cannot be', () => {
  let scenario: Scenario;
  const spec = (changes: Record<string, unknown> = {}) => taskSpec(scenario.db.config, ['public.t'], changes);

  beforeAll(async () => {
    scenario = await startScenario('badreq');
    await scenario.sql.query('create table t (id int primary key)');
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  /** A problem document, complete, and of this status and code. */
  const expectProblem = (answer: Answer<unknown>, status: number, code: string): Problem => {
    const problem = answer.body as Problem;
    expect(answer.contentType).toContain('application/problem+json');
    expect({ status: answer.status, code: problem.code }).toEqual({ status, code });
    expect(problem).toMatchObject({ status, type: expect.stringMatching(/./), title: expect.stringMatching(/./) });
    expect(problem.detail).toMatch(/./);
    expect(problem.hint).toMatch(/./);
    expect(problem.instance).toMatch(/^\/api\/v1\//);
    return problem;
  };

  it('that are malformed are refused by status, code and hint', async () => {
    const { api } = scenario;
    expectProblem(await api.request('POST', '/tasks', '{"name": '), 400, 'BODY_MALFORMED');
    expectProblem(await api.request('POST', '/tasks', '[]'), 422, 'SPEC_INVALID');
    expectProblem(await api.request('POST', '/tasks', 'name=x', { 'content-type': 'text/plain' }), 415, 'MEDIA_TYPE');
    expectProblem(
      await api.request('POST', '/tasks', `{"description": "${'x'.repeat(2_000_000)}"}`),
      413,
      'BODY_TOO_LARGE',
    );
    expectProblem(await api.request('GET', '/nothing'), 404, 'NOT_FOUND');
    expectProblem(await api.request('PUT', '/tasks'), 405, 'METHOD_NOT_ALLOWED');
    expectProblem(await api.request('GET', '/tasks?limit=none'), 422, 'REQUEST_INVALID');
    expect((await api.list()).items).toEqual([]);
  });

  it('that name an unknown task are 404 on every route', async () => {
    const { api } = scenario;
    const requests = [
      ['GET', ''],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['POST', '/precheck'],
      ['GET', '/precheck'],
      ['POST', '/start'],
      ['POST', '/stop'],
      ['POST', '/stop', { force: true }],
      ['GET', '/progress'],
      ['GET', '/events'],
      ['GET', '/slots'],
      ['POST', '/slots/cleanup', { dryRun: true }],
    ] as const;
    for (const [method, path, body] of requests) {
      expectProblem(await api.request(method, `/tasks/nobody${path}`, body), 404, 'TASK_NOT_FOUND');
    }
  });

  const specs: readonly (readonly [what: string, change: Record<string, unknown>, path: string, message: RegExp])[] = [
    ['a key that is nearly right', { source: { hots: 'x' } }, 'source.hots', /host/],
    ['a key nobody knows', { tagret: {} }, 'tagret', /target/],
    ['a name with a space', { name: 'my task' }, 'name', /./],
    ['a port beyond all ports', { source: { port: 70000 } }, 'source.port', /./],
    ['a port as text', { source: { port: '5432' } }, 'source.port', /./],
    ['no database', { source: { database: undefined } }, 'source.database', /./],
    ['no brokers', { target: { brokers: [] } }, 'target.brokers', /./],
    ['a broker without port', { target: { brokers: ['kafka'] } }, 'target.brokers', /./],
    ['an unknown policy', { routing: { partition: 'random' } }, 'routing.partition', /./],
    ['no partitions', { routing: { topic: { partitions: 0 } } }, 'routing.topic.partitions', /./],
    ['a slot name with capitals', { source: { slot: { name: 'MySlot' } } }, 'source.slot.name', /./],
    ['a pattern that is none', { objects: { include: ['a.b.c.d'] } }, 'objects.include', /./],
    ['no patterns', { objects: { include: [] } }, 'objects.include', /./],
  ];

  it.each(specs)('a spec with %s is refused with the path of the field', async (_, change, path, message) => {
    const { api } = scenario;
    const problem = expectProblem(await api.request('POST', '/tasks', spec(change)), 422, 'SPEC_INVALID');
    const field = problem.errors?.find((error) => error.path.startsWith(path));
    expect(field, JSON.stringify(problem.errors)).toMatchObject({ message: expect.stringMatching(message) });
    expect((await api.list()).items).toEqual([]);
  });

  it('commands that do not fit the state are refused with those that do, and change nothing', async () => {
    const { api, sql } = scenario;
    const before = await leftovers(sql);
    const created = spec();
    const task = await api.create(created);
    const command = async (name: string, code: string, body?: unknown) => {
      const state = await api.get(task.id);
      expectProblem(await api.request('POST', `/tasks/${task.id}/${name}`, body), 409, code);
      expect(await api.get(task.id)).toEqual(state);
    };
    const other = { ...created, name: String(created.name).toUpperCase() };
    expectProblem(await api.request('POST', '/tasks', other), 409, 'NAME_TAKEN');
    await command('start', 'PRECHECK_REQUIRED', {});
    expect(await leftovers(sql)).toEqual(before);
    expect((await api.precheck(task.id)).status).toBe('ALARM');
    const alarms = await api.request<Problem>('POST', `/tasks/${task.id}/start`, {});
    expectProblem(alarms, 409, 'PRECHECK_ALARMS');
    expect(alarms.text).toContain('old-rows');
    // A change of the spec makes the precheck void.
    await api.patch(task.id, { description: 'changed' });
    await command('start', 'PRECHECK_REQUIRED', { acceptAlarms: true });

    await api.precheck(task.id);
    await api.start(task.id);
    await api.waitFor(task.id, 'INCREMENTAL');
    const twice = expectProblem(
      await api.request('POST', `/tasks/${task.id}/start`, { acceptAlarms: true }),
      409,
      'ILLEGAL_STATE',
    );
    expect(JSON.stringify(twice)).toContain('stop');
    expectProblem(await api.request('PATCH', `/tasks/${task.id}`, { description: 'x' }), 409, 'ILLEGAL_STATE');
    expectProblem(await api.request('DELETE', `/tasks/${task.id}`), 409, 'ILLEGAL_STATE');
    expect((await api.get(task.id)).state).toBe('INCREMENTAL');
    await api.finish(task.id);
    await command('stop', 'ILLEGAL_STATE');
    await command('start', 'ILLEGAL_STATE', { acceptAlarms: true });
    expect(await leftovers(sql)).toEqual(before);
    await api.remove(task.id);
  });

  it('bodies of commands are held to the contract too', async () => {
    const { api } = scenario;
    const task = await api.create(spec());
    const bad = [
      ['start', { startAt: 'tomorrow' }],
      ['start', { acceptAlarm: true }],
      ['stop', { force: 'yes' }],
      ['slots/cleanup', { dryRun: 1 }],
    ] as const;
    for (const [name, body] of bad) {
      const problem = expectProblem(
        await api.request('POST', `/tasks/${task.id}/${name}`, body),
        422,
        'REQUEST_INVALID',
      );
      expect(problem.errors?.[0]?.path).toContain(Object.keys(body)[0]!);
    }
    const patch = expectProblem(
      await api.request('PATCH', `/tasks/${task.id}`, { source: { hots: 'x' } }),
      422,
      'SPEC_INVALID',
    );
    expect(patch.errors).toContainEqual(expect.objectContaining({ path: 'source.hots' }));
    await api.remove(task.id);
  });
});
