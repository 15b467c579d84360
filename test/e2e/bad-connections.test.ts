import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check, Precheck, Problem } from '../support/api-client.ts';
import { caughtUp, leftovers } from '../support/caught-up.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { freshTopicPrefix, useServers } from '../support/servers.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';

type ConnectionTest = { ok: boolean; checks: Check[] };

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

describe('sources and targets that cannot be', () => {
  let scenario: Scenario;
  let role: string;
  const secrets = {
    right: randomBytes(12).toString('hex'),
    wrong: randomBytes(12).toString('hex'),
    sasl: randomBytes(12).toString('hex'),
  };
  const spec = (include: string[], changes: Record<string, unknown> = {}) =>
    taskSpec(scenario.db.config, include, changes);
  const account = (password: string) => ({ username: role, password });

  beforeAll(async () => {
    scenario = await startScenario('badconn');
    role = freshTopicPrefix('role');
    await scenario.sql.query(`
      create role ${role} login replication password '${secrets.right}';
      create table t (id int primary key);
      grant create on database ${scenario.db.name} to ${role};
      alter table t owner to ${role};
      create table bare (v text);
      create table "x y" (id int primary key);
      create table x_y (id int primary key)`);
  });

  afterAll(async () => {
    // Held to it last, over everything that the tests before have provoked.
    const said = [...scenario.service.logs, ...scenario.api.seen].join('\n');
    await scenario.service[Symbol.asyncDispose]();
    await scenario.sql.query(`drop owned by ${role}; drop role ${role}`);
    const { password } = scenario.db.config;
    await scenario[Symbol.asyncDispose]();
    for (const secret of [...Object.values(secrets), password]) expect(said.includes(secret)).toBe(false);
  });

  /** How often the server was given a wrong password for the role, as its log tells. */
  const refusals = () =>
    readFileSync(useServers().postgres.logFile, 'utf8').split(`password authentication failed for user "${role}"`)
      .length - 1;

  /** Creates the task and prechecks it; the check of this id must have failed, a start must be refused, and nothing be made. */
  const expectFailedCheck = async (id: string, wanted: unknown): Promise<Check> => {
    const { api, sql } = scenario;
    const before = await leftovers(sql);
    const task = await api.create(wanted);
    const report: Precheck = await api.precheck(task.id);
    expect(report.status, JSON.stringify(report.checks)).toBe('FAILED');
    const check = report.checks.find((one) => one.id === id);
    expect(check, JSON.stringify(report.checks)).toMatchObject({
      status: 'FAILED',
      cause: expect.stringMatching(/./),
      cure: expect.stringMatching(/./),
    });
    const refused = await api.request<Problem>('POST', `/tasks/${task.id}/start`, { acceptAlarms: true });
    expect([refused.status, refused.body.code]).toEqual([409, 'PRECHECK_FAILED']);
    expect(await leftovers(sql)).toEqual(before);
    await api.remove(task.id);
    return check!;
  };

  it('a table that is not there fails the precheck, which names near ones', async () => {
    const check = await expectFailedCheck('objects-exist', spec(['public.tt']));
    expect(JSON.stringify(check)).toContain('public.t');
  });

  it('a table without key and identity fails it with the ALTER to run', async () => {
    const check = await expectFailedCheck('replica-identity', spec(['public.bare']));
    expect(check.sql).toEqual([expect.stringMatching(/^ALTER TABLE .*bare.* REPLICA IDENTITY FULL;$/)]);
  });

  it('two tables that land on one topic by accident fail it, on purpose they do not', async () => {
    const check = await expectFailedCheck('topic-collisions', spec(['public.x_y', 'public."x y"']));
    expect(JSON.stringify(check)).toContain(`${scenario.db.name}.public.x_y`);
    const { api } = scenario;
    const { id } = await api.create(spec(['public.x_y', 'public."x y"'], { routing: fixedTopic(freshTopicPrefix()) }));
    expect((await api.precheck(id)).status).toBe('ALARM');
    await api.remove(id);
  });

  it('a broker that does not answer fails it, and so does a source', async () => {
    const target = await expectFailedCheck('kafka-reachable', spec(['public.t'], { target: { brokers: [NOWHERE] } }));
    expect(target.group).toBe('target');
    const source = await expectFailedCheck('source-reachable', spec(['public.t'], { source: { port: 1 } }));
    expect(source.group).toBe('source');
  });

  it('a wrong password is tried once and no more', async () => {
    const { api, db } = scenario;
    await expectFailedCheck('source-login', spec(['public.t'], { source: account(secrets.wrong) }));
    expect(refusals()).toBe(1);
    const { host, port } = db.config;
    const source = { dialect: 'postgres', host, port, database: db.name, ...account(secrets.wrong) };
    const tested = await api.request<ConnectionTest>('POST', '/connections/source/test', source);
    expect([tested.status, tested.body.ok]).toEqual([200, false]);
    expect(refusals()).toBe(2);
    const good = await api.request<ConnectionTest>('POST', '/connections/source/test', {
      ...source,
      password: secrets.right,
    });
    expect(good.body.ok, good.text).toBe(true);
  });

  it('a password changed under a running task ends it after one attempt, and the new one heals it', async () => {
    const { api, sql } = scenario;
    const task = await api.run(spec(['public.t'], { source: account(secrets.right) }));
    await sql.query('insert into t values (1)');
    await caughtUp(api, task.id, sql);
    const before = refusals();
    const renewed = `${secrets.right}-new`;
    await sql.query(`alter role ${role} password '${renewed}'`);
    await sql.query('select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = $1', [
      task.slot,
    ]);
    const failed = await api.waitFor(task.id, ['INCREMENTAL_FAILED', 'START_FAILED']);
    expect(failed.lastError).toMatchObject({ code: 'SOURCE_AUTH', hint: expect.stringContaining('password') });
    expect(refusals()).toBe(before + 1);
    await scenario.service.terminate();
    await scenario.service.restart();
    expect((await api.get(task.id)).lastError).toMatchObject({ code: 'SOURCE_AUTH' });
    expect(refusals()).toBe(before + 1);

    await api.patch(task.id, { source: { password: renewed } });
    expect((await api.precheck(task.id)).status).not.toBe('FAILED');
    await api.start(task.id);
    await api.waitFor(task.id, 'INCREMENTAL');
    await sql.query('insert into t values (2)');
    await caughtUp(api, task.id, sql);
    expect((await api.progress(task.id)).records.published).toBe(2);
    await api.finish(task.id);
  });

  it('connection tests tell what fails without being errors', async () => {
    const { api } = scenario;
    const target = await api.request<ConnectionTest>('POST', '/connections/target/test', { brokers: [NOWHERE] });
    expect([target.status, target.body.ok]).toEqual([200, false]);
    expect(target.body.checks).toContainEqual(expect.objectContaining({ group: 'target', status: 'FAILED' }));
    const good = await api.request<ConnectionTest>('POST', '/connections/target/test', {
      brokers: [useServers().kafka.bootstrap],
    });
    expect(good.body.ok, good.text).toBe(true);
    const malformed = await api.request<Problem>('POST', '/connections/source/test', { dialect: 'oracle' });
    expect(malformed.status).toBe(422);
  });

  it('secrets of a spec are never shown again', async () => {
    const { api } = scenario;
    const sasl = { mechanism: 'PLAIN', username: 'u', password: secrets.sasl };
    const target = { brokers: [NOWHERE], securityProtocol: 'SASL_PLAINTEXT', sasl };
    const task = await api.create(spec(['public.t'], { target, source: account(secrets.wrong) }));
    await api.patch(task.id, { description: 'still has its secrets', target: { sasl: { password: secrets.sasl } } });
    await api.precheck(task.id);
    await api.events(task.id);
    await api.fetch('GET', '/metrics');
    expect(JSON.stringify(await api.get(task.id))).toContain('"username":"u"');
    await api.remove(task.id);
  });
});
