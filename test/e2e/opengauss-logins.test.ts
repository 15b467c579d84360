import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check } from '../support/api-client.ts';
import { readAll } from '../support/consume.ts';
import type { Role } from '../support/fake-opengauss/model.ts';
import { RawClient } from '../support/fake-opengauss/raw-client.ts';
import { ADMIN } from '../support/fake-opengauss/server.ts';
import type { FakeOptions } from '../support/fake-opengauss/state.ts';
import type { GaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { useServers } from '../support/servers.ts';

type ConnectionTest = { ok: boolean; checks: Check[] };

const scenario = gaussScenarios('gausslogin');
const T = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;
const RIGHT = randomBytes(12).toString('hex');
const WRONG = randomBytes(12).toString('hex');
const USER: Role = { ...ADMIN, password: RIGHT, sysadmin: false };
const [KEY, CERT] = ['key', 'cert'].map((name) =>
  readFileSync(join(import.meta.dirname, `../fixtures/tls/${name}.pem`), 'utf8'),
) as [string, string];

const insert = (id: number) => ({ op: 'INSERT', table: 'public.t', new: { id: String(id), v: 'x' } }) as const;
const failures = ({ server }: GaussScenario) => server.failedLogins(USER.name);
const keys = async ({ topic }: GaussScenario) => (await readAll([topic])).map(({ key }) => String(key));

async function withUser(role: Partial<Role> = {}, options: FakeOptions = {}): Promise<GaussScenario> {
  const gauss = await scenario({ roles: [{ ...USER, ...role }], ...options });
  gauss.server.table('public.t', T);
  return gauss;
}

/** A spec that logs in as the user, with the right password unless told otherwise. */
const spec = (gauss: GaussScenario, source: object = {}, changes: object = {}) =>
  gauss.spec(['public.t'], { source: { password: RIGHT, ...source }, ...changes });

/** What the connection test and the precheck find, which must be the same: the one check that failed. */
async function failedCheck(gauss: GaussScenario, source: object = {}): Promise<Check> {
  const { api } = gauss;
  const wanted = spec(gauss, source);
  const tested = await api.request<ConnectionTest>('POST', '/connections/source/test', wanted.source);
  expect([tested.status, tested.body.ok]).toEqual([200, false]);
  const { id } = await api.create(wanted);
  const { status, checks } = await api.precheck(id);
  expect(status).toBe('FAILED');
  const failed = checks.filter((check) => check.status === 'FAILED' && check.group === 'source');
  expect(failed).toHaveLength(1);
  expect(tested.body.checks.at(-1)).toEqual(failed[0]);
  return failed[0]!;
}

describe('logins that work', () => {
  it.each<[stored: Role['stored'], hba: Role['hba']]>([
    ['sha256', 'sha256'],
    ['sha256+md5', 'sha256'],
    ['sha256+md5', 'md5'],
    ['md5', 'md5'],
    ['md5', 'sha256'],
    ['sm3', 'sm3'],
  ])('a password stored as %s, method %s in pg_hba.conf: SQL and stream', async (stored, hba) => {
    const gauss = await withUser({ stored: stored!, hba: hba! });
    const { api, server } = gauss;
    const { id } = await api.run(spec(gauss));
    server.commit(insert(1));
    await api.finish(id);
    expect(await keys(gauss)).toEqual(['{"id":"1"}']);
    expect(failures(gauss)).toBe(0);
  });

  it.each([
    ['require', {}],
    ['verify-ca', { ca: CERT }],
    ['verify-full', { ca: CERT }],
  ])('TLS, mode %s: SQL and stream', async (mode, more) => {
    const gauss = await withUser({}, { tls: { key: KEY, cert: CERT } });
    const { api, server } = gauss;
    const task = await api.run(spec(gauss, { tls: { mode, ...more } }));
    const { checks } = await api.precheckReport(task.id);
    expect(checks.find(({ id }) => id === 'source-tls')).toMatchObject({ status: 'PASSED' });
    server.commit(insert(1));
    await api.finish(task.id);
    expect(await keys(gauss)).toEqual(['{"id":"1"}']);
  });
});

describe('logins that are refused', () => {
  it('code 11 is told with its cure, and no password is sent', async () => {
    const gauss = await withUser({ stored: 'sha256', hba: 'md5' });
    expect(await failedCheck(gauss)).toMatchObject({
      id: 'source-login',
      cause: expect.stringMatching(/authentication code 11; no password was sent/),
      cure: expect.stringMatching(/sha256 in pg_hba.conf.*password_encryption_type = 1/),
    });
    expect(failures(gauss)).toBe(0);
  });

  it.each<[what: string, role: Partial<Role>, cause: RegExp, cure: RegExp, counted: number]>([
    ['a wrong password', { password: WRONG }, /login denied/, /lock the account/, 2],
    ['SM3 in pg_hba.conf for a password stored otherwise', { hba: 'sm3' }, /login denied/, /./, 2],
    ['no line in pg_hba.conf', { hba: 'reject' }, /pg_hba.conf rejects/, /pg_hba.conf/, 0],
    ['a role that may not log in', { canLogin: false }, /not permitted to login/, /source.username/, 0],
    ['VALID UNTIL that is over', { expired: 'validity' }, /period of validity/, /VALID UNTIL/, 0],
  ])('%s: the login is tried once by each who asks for it', async (_what, role, cause, cure, counted) => {
    const gauss = await withUser(role);
    expect(await failedCheck(gauss)).toMatchObject({
      id: 'source-login',
      cause: expect.stringMatching(cause),
      cure: expect.stringMatching(cure),
    });
    expect(failures(gauss)).toBe(counted);
  });

  it('an expired password may log in, and is told by the first statement', async () => {
    const gauss = await withUser({ expired: 'password' });
    expect(await failedCheck(gauss)).toMatchObject({
      id: 'source-query',
      cause: expect.stringContaining('expired password of user cdc'),
      cure: expect.stringContaining('ALTER ROLE'),
    });
  });

  it('a locked account is told apart from a wrong password', async () => {
    const gauss = await withUser();
    const { server } = gauss;
    for (let i = 0; i < 10; i++) {
      const client = await RawClient.connect(server.port);
      await client.login(USER.name, WRONG, { database: server.state.database });
      client.close();
    }
    expect(await failedCheck(gauss)).toMatchObject({
      id: 'source-login',
      cause: expect.stringContaining('The account has been locked.'),
      cure: expect.stringContaining('ACCOUNT UNLOCK'),
    });
    expect(failures(gauss)).toBe(10);
  });

  it('replication without a line of its own in pg_hba.conf fails the precheck, which shows the line', async () => {
    const gauss = await withUser({}, { allowsReplication: false });
    const { api } = gauss;
    const { id } = await api.create(spec(gauss));
    const { checks } = await api.precheck(id);
    expect(checks.filter(({ status }) => status === 'FAILED')).toMatchObject([
      {
        id: 'replication-connection',
        cause: expect.stringContaining('no pg_hba.conf entry for replication'),
        cure: expect.stringContaining('host replication cdc 127.0.0.1/32 sha256'),
      },
    ]);
    expect(failures(gauss)).toBe(0);
  });

  it.each([
    ['a server without TLS', {}, { mode: 'require' }, {}],
    ['a certificate of somebody else', { tls: { key: KEY, cert: CERT } }, { mode: 'verify-ca' }, {}],
    [
      'a certificate for another host',
      { tls: { key: KEY, cert: CERT } },
      { mode: 'verify-full', ca: CERT },
      { host: 'localhost' },
    ],
  ])('TLS: %s', async (_what, options, tls, host) => {
    const gauss = await withUser({}, options);
    expect(await failedCheck(gauss, { tls, ...host })).toMatchObject({
      id: 'source-tls',
      cause: expect.stringMatching(/./),
    });
    expect(failures(gauss)).toBe(0);
  });
});

describe('another kind of server than the dialect says', () => {
  it.each<[stored: Role['stored'], hba: Role['hba'], counted: number]>([
    ['sha256', 'sha256', 0],
    ['sm3', 'sm3', 0],
    ['md5', 'md5', 0],
    ['sha256', 'md5', 0],
  ])('dialect postgres and openGauss, password %s, method %s', async (stored, hba, counted) => {
    const gauss = await withUser({ stored: stored!, hba: hba! });
    expect(await failedCheck(gauss, { dialect: 'postgres' })).toMatchObject({
      id: 'source-dialect',
      cure: expect.stringMatching(/source.dialect to "?opengauss/),
    });
    expect(failures(gauss)).toBe(counted);
    const { url } = gauss.service;
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it.each([
    ['gaussdb', 'opengauss', {}],
    ['opengauss', 'gaussdb', { version: 'gaussdb (GaussDB Kernel 505.1.0 build 44f4fa53) compiled at 2024-01-01' }],
  ])('dialect %s and %s', async (dialect, other, options) => {
    const gauss = await withUser({}, options);
    const cure = `Set source.dialect to "${other}".`;
    expect(await failedCheck(gauss, { dialect })).toMatchObject({ id: 'source-dialect', cure });
  });

  it('dialect opengauss and PostgreSQL', async () => {
    const gauss = await withUser();
    const { host, port, user, password } = useServers().postgres;
    expect(await failedCheck(gauss, { host, port, database: 'postgres', username: user, password })).toMatchObject({
      id: 'source-dialect',
      cure: expect.stringMatching(/source.dialect to "?postgres/),
    });
  });
});

it('no password was ever shown', async () => {
  const { service } = await scenario();
  const said = [...service.logs, ...service.api.seen].join('\n');
  expect(said.length).toBeGreaterThan(10_000);
  for (const secret of [RIGHT, WRONG, KEY]) expect(said.includes(secret)).toBe(false);
});
