import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceEndpoint } from '../../src/domain/endpoints.ts';
import { type CheckResult, worstStatus } from '../../src/domain/task.ts';
import { precheckPostgres, testPostgresConnection } from '../../src/source/postgres/precheck.ts';
import type { SourcePrecheckRequest } from '../../src/source/source.ts';
import { openFixture, pick, precheckRequest, type SourceFixture, uniqueName } from './source-postgres-fixture.ts';

let fixture: SourceFixture;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.admin.query(`
    create table orders (id int8 primary key, note text); alter table orders replica identity full;
    create table half (id int8 primary key, note text);
    create table keyless (note text);
    create table ghost (id int8 primary key); alter table ghost replica identity nothing;
    create table late (id int8 primary key deferrable);
    create table odd (id int8 primary key, code text not null);
    create unique index odd_code on odd (code); alter table odd replica identity using index odd_code;
    create unlogged table fleeting (id int8 primary key);
    create table parts (id int8, primary key (id)) partition by hash (id);
    create table parts_0 partition of parts for values with (modulus 1, remainder 0);
    alter table parts_0 replica identity nothing;
    create schema closed; create table closed.t (id int8 primary key);`);
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

type Parts = Partial<SourcePrecheckRequest> & Pick<SourcePrecheckRequest, 'select'>;

async function precheck(parts: Parts, endpoint: SourceEndpoint = fixture.endpoint()) {
  const result = await precheckPostgres(precheckRequest(endpoint, parts));
  const byId = new Map(result.checks.map((check) => [check.id, check]));
  return { ...result, byId };
}

/** Runs what the failed checks propose, as the superuser. */
async function cure(checks: readonly CheckResult[]): Promise<void> {
  for (const check of checks) {
    if (check.status === 'PASSED') continue;
    for (const sql of check.sql ?? []) await fixture.admin.query(sql);
  }
}

/** Counts the connections it passes on to the server. */
async function countingRelay() {
  const { host, port } = fixture.database.config;
  let connections = 0;
  const server = createServer((client) => {
    connections++;
    const upstream = connect(port, host);
    client.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => client.destroy()).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, count: () => connections, close: () => server.close() };
}

describe('precheck of PostgreSQL', () => {
  it('passes a source that is ready', async () => {
    const { checks, tables } = await precheck({ select: pick('public.orders') });
    expect(checks.filter((check) => check.status !== 'PASSED')).toEqual([]);
    expect(checks.map((check) => check.id)).toEqual([
      'source-reachable',
      'source-login',
      'source-dialect',
      'source-primary',
      'wal-level',
      'replication-role',
      'free-slots',
      'free-wal-senders',
      'replication-connection',
      'wal-retention',
      'slot-name',
      'long-transactions',
      'objects-exist',
      'table-privileges',
      'unlogged-tables',
      'replica-identity',
      'old-rows',
      'publication',
    ]);
    expect(tables.map((table) => table.table)).toEqual(['orders']);
  });

  it('gives each failed check a cause and a cure', async () => {
    const role = await fixture.createRole();
    const names = ['public.keyless', 'closed.t', 'public.fleeting', 'public.nothing'];
    const { checks } = await precheck({ select: pick(...names), slot: 'Bad-Name' }, fixture.endpoint(role));
    const bad = checks.filter((check) => check.status !== 'PASSED');
    expect(bad.map((check) => check.id)).toEqual([
      'replication-role',
      'slot-name',
      'objects-exist',
      'table-privileges',
      'unlogged-tables',
      'replica-identity',
      'old-rows',
      'publication',
    ]);
    for (const check of bad) expect(check).toMatchObject({ cause: expect.any(String), cure: expect.any(String) });
  });

  it('passes once the SQL it printed was run', async () => {
    const role = await fixture.createRole();
    await fixture.admin.query(`create table closed.u (note text)`);
    const select = pick('closed.t', 'closed.u');
    const before = await precheck({ select }, fixture.endpoint(role));
    expect(worstStatus(before.checks)).toBe('FAILED');
    await cure(before.checks);
    const after = await precheck({ select }, fixture.endpoint(role));
    expect(after.checks.filter((check) => check.status !== 'PASSED')).toEqual([]);
  });

  it.each([
    ['public.half', 'PASSED', 'ALARM'],
    ['public.keyless', 'FAILED', 'PASSED'],
    ['public.ghost', 'FAILED', 'PASSED'],
    ['public.late', 'FAILED', 'PASSED'],
    ['public.odd', 'FAILED', 'PASSED'],
    ['public.parts', 'FAILED', 'ALARM'],
  ])('judges the identity of %s', async (name, usable, oldRows) => {
    const { byId } = await precheck({ select: pick(name) });
    expect(byId.get('replica-identity')?.status).toBe(usable);
    expect(byId.get('old-rows')?.status).toBe(oldRows);
  });

  it('names a leaf partition that cannot be captured', async () => {
    const { byId } = await precheck({ select: pick('public.parts') });
    expect(byId.get('replica-identity')?.sql).toEqual(['ALTER TABLE "public"."parts_0" REPLICA IDENTITY FULL;']);
  });

  it('takes a slot that exists as it is, if it can be decoded', async () => {
    const create = 'select pg_create_logical_replication_slot($1, $2)';
    const [usable, foreign] = [uniqueName('slot'), uniqueName('slot')];
    await fixture.admin.query(create, [usable, 'pgoutput']);
    await fixture.admin.query(create, [foreign, 'test_decoding']);
    const select = pick('public.orders');
    expect((await precheck({ select, slot: usable })).byId.get('slot-name')?.status).toBe('ALARM');
    expect((await precheck({ select, slot: foreign })).byId.get('slot-name')?.status).toBe('FAILED');
  });
});

describe('precheck of PostgreSQL: user-named publication', () => {
  it('fails for one that is missing or incomplete, and passes after its SQL', async () => {
    const userPublication = uniqueName('pub');
    const orders = pick('public.orders');
    const missing = await precheck({ select: orders, userPublication });
    expect(missing.byId.get('publication')?.status).toBe('FAILED');
    await cure(missing.checks);
    expect((await precheck({ select: orders, userPublication })).byId.get('publication')?.status).toBe('PASSED');
    const both = pick('public.orders', 'public.half');
    const incomplete = await precheck({ select: both, userPublication });
    expect(incomplete.byId.get('publication')?.cause).toContain('public.half');
    await fixture.admin.query(`alter publication ${userPublication} set (publish = 'insert')`);
    const check = (await precheck({ select: both, userPublication })).byId.get('publication');
    for (const sql of check?.sql ?? []) await fixture.admin.query(sql);
    expect((await precheck({ select: both, userPublication })).byId.get('publication')?.status).toBe('PASSED');
  });

  it('fails when partitions would come under their own names', async () => {
    const userPublication = uniqueName('pub');
    await fixture.admin.query(`create publication ${userPublication} for table parts`);
    const check = (await precheck({ select: pick('public.parts'), userPublication })).byId.get('publication');
    expect(check?.status).toBe('FAILED');
    for (const sql of check?.sql ?? []) await fixture.admin.query(sql);
    const after = await precheck({ select: pick('public.parts'), userPublication });
    expect(after.byId.get('publication')?.status).toBe('PASSED');
  });
});

describe('connections to PostgreSQL', () => {
  it('are tried once with a wrong password', async () => {
    const relay = await countingRelay();
    const endpoint = { ...fixture.endpoint(), password: 'wrong', port: relay.port };
    const { checks, tables } = await precheck({ select: pick('public.orders') }, endpoint);
    expect(checks.map((check) => `${check.id} ${check.status}`)).toEqual([
      'source-reachable PASSED',
      'source-login FAILED',
    ]);
    expect(relay.count()).toBe(1);
    expect(JSON.stringify(checks)).not.toContain('wrong');
    expect(tables).toEqual([]);
    relay.close();
  });

  it('fail as unreachable when nothing listens', async () => {
    const relay = await countingRelay();
    const { port } = relay;
    relay.close();
    const checks = await testPostgresConnection({ ...fixture.endpoint(), port });
    expect(checks.map((check) => `${check.id} ${check.status}`)).toEqual(['source-reachable FAILED']);
  });

  it('name a missing database and a server without TLS', async () => {
    const missing = await testPostgresConnection({ ...fixture.endpoint(), database: 'no_such_database' });
    expect(missing.at(-1)).toMatchObject({ id: 'source-login', status: 'FAILED' });
    const plain = await testPostgresConnection({ ...fixture.endpoint(), tls: { mode: 'require' } });
    expect(plain.at(-1)).toMatchObject({ id: 'source-tls', status: 'FAILED' });
  });

  it('pass with the right login', async () => {
    const checks = await testPostgresConnection(fixture.endpoint());
    expect(checks.map((check) => `${check.id} ${check.status}`)).toEqual([
      'source-reachable PASSED',
      'source-login PASSED',
      'source-dialect PASSED',
    ]);
  });
});
