import { describe, expect, it } from 'vitest';
import { checkCompatibilityMode } from './compatibility-mode.ts';
import { checkDatabaseEncoding } from './database-encoding.ts';
import { checkDecodeDefaults } from './decode-defaults.ts';
import { checkGaussKind } from './gauss-kind.ts';
import { checkLogicalWalSenders } from './logical-wal-senders.ts';
import { checkParallelDecoding } from './parallel-decoding.ts';
import { checkPrimaryNode } from './primary-node.ts';
import { productKind } from './product-kind.ts';
import { checkSenderTimeout } from './sender-timeout.ts';
import { checkSlotLog } from './slot-log.ts';
import { checkWalPruning } from './wal-pruning.ts';

const LITE = '(openGauss-lite 7.0.0-RC2 build 7e1fc94a) compiled at 2026-11-21 01:01:22 commit 0 last mr 0 release';
const OLD = 'PostgreSQL 9.2.4 (openGauss 2.0.0 build 78689da9) compiled at 2021-03-31 21:04:03';
const GAUSSDB = 'gaussdb (GaussDB Kernel 505.1.0 build 1) compiled at 2024-01-01 00:00:00';
const POSTGRES = 'PostgreSQL 15.9 on x86_64-pc-linux-gnu';

function settings(entries: Readonly<Record<string, string>>) {
  return new Map(Object.entries(entries));
}

describe('productKind', () => {
  it.each([
    [LITE, [], 'opengauss'],
    [OLD, [], 'opengauss'],
    ['(MogDB 5.0.0 build 1)', ['opengauss_version'], 'opengauss'],
    [GAUSSDB, ['working_version_num'], 'gaussdb'],
    [POSTGRES, ['pg_current_wal_lsn'], 'postgres'],
  ])('of %s', (product, functions, kind) => {
    expect(productKind(product, functions)).toBe(kind);
  });
});

describe('checkGaussKind', () => {
  const openGauss = { product: LITE, functions: [], deployment: 'OpenSourceCentralized', dataNodes: 0 };
  const gaussdb = { ...openGauss, product: GAUSSDB, deployment: 'BusinessCentralized' };

  it.each([
    ['opengauss', GAUSSDB, 'gaussdb'],
    ['gaussdb', LITE, 'opengauss'],
    ['opengauss', POSTGRES, 'postgres'],
  ] as const)('dialect %s refuses %s and names the right one', (dialect, product, right) => {
    const check = checkGaussKind(dialect, { ...openGauss, product });
    expect(check).toMatchObject({ status: 'FAILED', cure: `Set source.dialect to "${right}".` });
  });

  it('takes a centralized server', () => {
    expect(checkGaussKind('opengauss', openGauss)).toMatchObject({ status: 'PASSED', message: LITE });
    expect(checkGaussKind('gaussdb', { ...gaussdb, deployment: null, dataNodes: null }).status).toBe('PASSED');
  });

  it('refuses a coordinator and warns of a single data node', () => {
    const coordinator = checkGaussKind('gaussdb', { ...gaussdb, deployment: 'Distribute', dataNodes: 3 });
    expect(coordinator).toMatchObject({ status: 'FAILED', cure: expect.stringContaining('primary data node') });
    expect(checkGaussKind('gaussdb', { ...gaussdb, deployment: 'Distribute' }).status).toBe('ALARM');
  });
});

describe('checks of an openGauss database', () => {
  it('wants a primary', () => {
    expect(checkPrimaryNode({ inRecovery: false }).status).toBe('PASSED');
    expect(checkPrimaryNode({ inRecovery: true }).status).toBe('FAILED');
  });

  it('wants UTF8', () => {
    expect(checkDatabaseEncoding({ database: 'shop', encoding: 'UTF8' }).status).toBe('PASSED');
    expect(checkDatabaseEncoding({ database: 'shop', encoding: 'GBK' }).status).toBe('FAILED');
  });

  it.each([
    ['A', "Compatibility mode A (Oracle): '' is stored as NULL, and DATE is a timestamp"],
    ['MYSQL', "Compatibility mode B (MySQL): '' is not NULL, and DATE is a date"],
    ['D', 'Compatibility mode D (SQL Server): values are published as the server prints them'],
  ])('tells what mode %s means', (compatibility, message) => {
    const check = checkCompatibilityMode({ compatibility, settings: settings({}) });
    expect(check).toMatchObject({ status: 'PASSED', message: expect.stringContaining(message) });
  });

  it('tells of numbers without a leading zero unless the server prints it', () => {
    const without = checkCompatibilityMode({ compatibility: 'PG', settings: settings({}) });
    expect(without.message).toContain('(.01)');
    const options = settings({ behavior_compat_options: 'display_leading_zero,end_month_calculate' });
    expect(checkCompatibilityMode({ compatibility: 'PG', settings: options }).message).not.toContain('.01');
  });
});

describe('checks of openGauss settings', () => {
  it('wants slots to be logged', () => {
    const check = (value: string) => checkSlotLog({ database: 'shop', settings: settings({ enable_slot_log: value }) });
    expect(check('on').status).toBe('PASSED');
    expect(check('off')).toMatchObject({
      status: 'ALARM',
      cure: expect.stringContaining('gs_guc reload -Z datanode -N all -I all -c "enable_slot_log=on"'),
      sql: ['ALTER DATABASE "shop" SET enable_slot_log = on;'],
    });
  });

  it.each([
    [{ logical_sender_timeout: '30000', wal_sender_timeout: '0' }, 'PASSED', 'logical_sender_timeout is 30000 ms'],
    [{ logical_sender_timeout: '0' }, 'ALARM', 'logical_sender_timeout is 0 ms'],
    [{ logical_sender_timeout: '2999' }, 'ALARM', 'logical_sender_timeout is 2999 ms'],
    [{ wal_sender_timeout: '6000' }, 'PASSED', 'wal_sender_timeout is 6000 ms'],
    [{ wal_sender_timeout: '1000' }, 'ALARM', 'wal_sender_timeout is 1000 ms'],
  ])('judges %o', (entries, status, message) => {
    const check = checkSenderTimeout({ database: 'shop', settings: settings(entries) });
    expect(check).toMatchObject({ status, message: expect.stringContaining(message) });
  });

  it.each([
    [{ max_size_xlog_force_prune: '0', enable_xlog_prune: 'on', max_size_for_xlog_prune: '2147483647' }, 'PASSED'],
    [{ max_size_xlog_force_prune: '1048576' }, 'ALARM'],
    [{ enable_xlog_prune: 'on', max_size_for_xlog_prune: '1048576' }, 'ALARM'],
    [{ enable_xlog_prune: 'off', max_size_for_xlog_prune: '1048576' }, 'PASSED'],
  ])('judges WAL retention under %o', (entries, status) => {
    expect(checkWalPruning(settings(entries)).status).toBe(status);
  });

  it('tells of decoding options of the server', () => {
    expect(checkDecodeDefaults(settings({ logical_decode_options_default: '' })).status).toBe('PASSED');
    const check = checkDecodeDefaults(settings({ logical_decode_options_default: 'parallel-decode-num=4' }));
    expect(check).toMatchObject({ status: 'ALARM', message: expect.stringContaining('parallel-decode-num=4') });
  });

  it('counts walsenders as far as they show', () => {
    const facts = { maxWalSenders: 4, seenWalSenders: 1 };
    expect(checkLogicalWalSenders(facts, 2)).toMatchObject({
      status: 'PASSED',
      message: 'At least 3 of 4 walsenders are used (the server does not show all).',
    });
    expect(checkLogicalWalSenders(facts, 3).status).toBe('ALARM');
  });
});

describe('checkParallelDecoding', () => {
  const facts = { major: 7, maxSlots: 30, streams: 19, mayFallBack: true };

  it.each([
    ['a free stream', facts, 'PASSED'],
    ['a server that cannot tell', { ...facts, major: null, streams: null }, 'PASSED'],
    ['no free stream', { ...facts, streams: 20 }, 'ALARM'],
    ['as many streams as slots', { ...facts, maxSlots: 8, streams: 8 }, 'ALARM'],
    ['no free stream, though the mode was asked for', { ...facts, streams: 20, mayFallBack: false }, 'FAILED'],
    ['a server before 3.0', { ...facts, major: 2 }, 'ALARM'],
    ['a server before 3.0, though the mode was asked for', { ...facts, major: 2, mayFallBack: false }, 'FAILED'],
  ])('judges %s', (_what, given, status) => {
    expect(checkParallelDecoding(given).status).toBe(status);
  });
});
