import { describe, expect, it } from 'vitest';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { CdcError } from '../../domain/errors.ts';
import { checkCellSettings } from './cell-settings.ts';
import { checkHeartbeatTable } from './heartbeat-table.ts';
import { checkReplicationPort } from './replication-port.ts';

const endpoint: SourceEndpoint = {
  dialect: 'opengauss',
  host: 'db',
  port: 5432,
  database: 'shop',
  username: 'cdc',
  password: 'secret',
};

function refusal(sourceCode: string, message: string): CdcError {
  return new CdcError('SOURCE_UNREACHABLE', `cannot connect: ${message}`, { data: { sourceCode } });
}

describe('checkReplicationPort', () => {
  const nothing = { error: null, workingPort: null, clientAddress: '10.1.2.3' };

  it('passes a port that takes the session', () => {
    const check = checkReplicationPort({ ...endpoint, replicationPort: 5433 }, nothing);
    expect(check).toMatchObject({ status: 'PASSED', message: 'db:5433 takes replication sessions.' });
  });

  it('names the port that works', () => {
    const error = refusal('22023', 'replication should connect HA port in thread_pool');
    const check = checkReplicationPort(endpoint, { ...nothing, error, workingPort: 5433 });
    expect(check).toMatchObject({ status: 'FAILED', cure: 'Set source.replicationPort to 5433.' });
  });

  it.each([
    ['10.1.2.3', 'cdc', 'host replication cdc 10.1.2.3/32 sha256'],
    ['fe80::1', 'cdc', 'host replication cdc fe80::1/128 sha256'],
    [null, 'my cdc', 'host replication "my cdc" <address of this service>/32 sha256'],
  ])('gives the line for pg_hba.conf for %s', (clientAddress, username, line) => {
    const error = refusal(
      '28000',
      'no pg_hba.conf entry for replication connection from host "x", user "cdc", SSL off',
    );
    const check = checkReplicationPort({ ...endpoint, username }, { error, workingPort: null, clientAddress });
    expect(check).toMatchObject({ status: 'FAILED', cure: expect.stringContaining(line) });
    expect(check.cure).toContain(`gs_guc reload -Z datanode -N all -I all -h "${line}"`);
  });

  it('passes on the cure of any other refusal', () => {
    const locked = new CdcError('SOURCE_AUTH', 'locked', { hint: 'Unlock it.', data: { sourceCode: '28000' } });
    expect(checkReplicationPort(endpoint, { ...nothing, error: locked }).cure).toContain('Unlock it.');
    const full = refusal('53300', 'number of requested standby connections exceeds max_wal_senders');
    expect(checkReplicationPort(endpoint, { ...nothing, error: full }).cure).toContain('Raise max_wal_senders');
  });
});

describe('checkCellSettings', () => {
  const setting = (name: string, value: string, isCertain = true) => ({ name, value, isCertain });
  const good = [
    setting('DateStyle', 'iso, mdy'),
    setting('IntervalStyle', 'postgres'),
    setting('TimeZone', 'UCT'),
    setting('bytea_output', 'hex'),
  ];

  it('passes the published form', () => {
    const check = checkCellSettings('shop', good);
    expect(check).toMatchObject({ status: 'PASSED', message: 'Parallel decoders print values in the published form.' });
  });

  it('says what it could not see, and names a zone that is not UTC', () => {
    const check = checkCellSettings('shop', [setting('TimeZone', 'PRC'), setting('bytea_output', 'hex', false)]);
    expect(check).toMatchObject({ status: 'PASSED', message: expect.stringContaining('as far as the catalog tells') });
    expect(check.message).toContain('zone of the server (PRC)');
  });

  it('keeps how dates are read when it sets how they are printed', () => {
    const wrong = [
      setting('DateStyle', 'German, DMY'),
      setting('IntervalStyle', 'iso_8601'),
      setting('bytea_output', 'escape'),
    ];
    expect(checkCellSettings('shop', wrong)).toMatchObject({
      status: 'ALARM',
      sql: [
        `ALTER DATABASE "shop" SET DateStyle = 'ISO, DMY';`,
        `ALTER DATABASE "shop" SET IntervalStyle = 'postgres';`,
        `ALTER DATABASE "shop" SET bytea_output = 'hex';`,
      ],
    });
  });
});

describe('checkHeartbeatTable', () => {
  const there = { schemaExists: true, canUseSchema: true, canCreateInSchema: false, tableExists: true, canWrite: true };
  const missing = { ...there, tableExists: false, canWrite: false };
  const [ask, create] = [
    { schema: 'ops', create: false },
    { schema: 'ops', create: true },
  ];

  it.each([
    ['a table the role may write', ask, there, 'PASSED'],
    ['a table the role may not write', create, { ...there, canWrite: false }, 'ALARM'],
    ['a table in a schema the role may not use', ask, { ...there, canUseSchema: false }, 'ALARM'],
    ['a table that will be created', create, { ...missing, canCreateInSchema: true }, 'PASSED'],
    ['one the role may not create', create, missing, 'ALARM'],
    ['one nobody agreed to', ask, { ...missing, canCreateInSchema: true }, 'ALARM'],
  ])('judges %s', (_what, options, facts, status) => {
    expect(checkHeartbeatTable(options, 'cdc', facts).status).toBe(status);
  });

  it('gives the SQL that is missing', () => {
    const create = expect.stringContaining('CREATE TABLE "ops"."gausscast_heartbeat"');
    const grants = [expect.stringContaining('GRANT USAGE'), expect.stringContaining('GRANT SELECT, INSERT, UPDATE')];
    expect(checkHeartbeatTable(ask, 'cdc', missing).sql).toEqual([create, ...grants]);
    const nowhere = { ...missing, schemaExists: false, canUseSchema: false };
    expect(checkHeartbeatTable(ask, 'cdc', nowhere).sql).toEqual(['CREATE SCHEMA "ops";', create, ...grants]);
    expect(checkHeartbeatTable(ask, 'cdc', { ...there, canWrite: false }).sql).toEqual(grants);
  });

  it('proposes to agree where the role could create it', () => {
    const cure = checkHeartbeatTable(ask, 'cdc', { ...missing, canCreateInSchema: true }).cure;
    expect(cure).toContain('source.heartbeat.create');
    expect(checkHeartbeatTable(ask, 'cdc', missing).cure).not.toContain('source.heartbeat.create');
  });
});
