import { describe, expect, it } from 'vitest';
import { toLsn } from '../../domain/lsn.ts';
import type { RunningTransaction } from '../postgres/blocking-transactions.ts';
import type { SlotInfo } from '../source.ts';
import { checkFreeSlots } from './free-slots.ts';
import { checkFreeWalSenders } from './free-wal-senders.ts';
import { checkLongTransactions } from './long-transactions.ts';
import { checkReplicationRole } from './replication-role.ts';
import { checkServerKind } from './server-kind.ts';
import { checkSlotName } from './slot-name.ts';
import { checkStandby } from './standby.ts';
import { checkWalLevel } from './wal-level.ts';
import { checkWalRetention } from './wal-retention.ts';

describe('checkServerKind', () => {
  it('takes PostgreSQL of a supported version', () => {
    const facts = { product: 'PostgreSQL 15.9 on x86_64-pc-linux-gnu', versionNumber: 150_009 };
    expect(checkServerKind(facts).status).toBe('PASSED');
  });

  it('names the dialect of an openGauss or GaussDB server', () => {
    const openGauss = { product: 'gsql ((openGauss-lite 7.0.0-RC2 build 1) compiled at …)', versionNumber: 90_204 };
    const gauss = { product: 'gaussdb (GaussDB Kernel 505.1.0 build 1) compiled at …', versionNumber: 90_204 };
    expect(checkServerKind(openGauss)).toMatchObject({ status: 'FAILED', cure: 'Set source.dialect to "opengauss".' });
    expect(checkServerKind(gauss)).toMatchObject({ status: 'FAILED', cure: 'Set source.dialect to "gaussdb".' });
  });

  it('refuses versions whose catalogs it cannot read', () => {
    expect(checkServerKind({ product: 'PostgreSQL 11.22', versionNumber: 110_022 }).status).toBe('FAILED');
  });
});

describe('checkStandby', () => {
  it('takes a primary, and a standby of 16 with a publication made on the primary', () => {
    expect(checkStandby({ inRecovery: false, versionNumber: 150_000 }, null).status).toBe('PASSED');
    expect(checkStandby({ inRecovery: true, versionNumber: 160_000 }, 'p').status).toBe('PASSED');
  });

  it('refuses an older standby and one on which the publication would have to be created', () => {
    expect(checkStandby({ inRecovery: true, versionNumber: 150_000 }, 'p').status).toBe('FAILED');
    expect(checkStandby({ inRecovery: true, versionNumber: 160_000 }, null).status).toBe('FAILED');
  });
});

describe('checks of server settings', () => {
  it('wants wal_level logical and gives the SQL', () => {
    expect(checkWalLevel({ walLevel: 'logical' }).status).toBe('PASSED');
    const check = checkWalLevel({ walLevel: 'replica' });
    expect(check).toMatchObject({ status: 'FAILED', sql: ["ALTER SYSTEM SET wal_level = 'logical';"] });
  });

  it('wants a free slot unless the task has its own', () => {
    const full = { maxSlots: 2, usedSlots: 2, inactiveSlots: ['old'] };
    expect(checkFreeSlots({ ...full, usedSlots: 1 }, false).status).toBe('PASSED');
    expect(checkFreeSlots(full, true).status).toBe('PASSED');
    const check = checkFreeSlots(full, false);
    expect(check.status).toBe('FAILED');
    expect(check.cause).toContain('old');
    expect(check.sql?.[0]).toBe('ALTER SYSTEM SET max_replication_slots = 12;');
  });

  it('wants a free walsender', () => {
    expect(checkFreeWalSenders({ maxWalSenders: 2, usedWalSenders: 1 }).status).toBe('PASSED');
    expect(checkFreeWalSenders({ maxWalSenders: 2, usedWalSenders: 2 }).status).toBe('FAILED');
  });

  it('wants a role that may replicate', () => {
    const role = { role: 'my cdc', isSuperuser: false, canReplicate: false };
    expect(checkReplicationRole({ ...role, canReplicate: true }).status).toBe('PASSED');
    expect(checkReplicationRole({ ...role, isSuperuser: true }).status).toBe('PASSED');
    expect(checkReplicationRole(role).sql).toEqual(['ALTER ROLE "my cdc" WITH REPLICATION;']);
    expect(checkReplicationRole(role, 'opengauss').cause).toContain('gs_role_replication');
  });

  it('warns when the server keeps little WAL for a slot', () => {
    expect(checkWalRetention({ slotWalKeepMb: -1 }).status).toBe('PASSED');
    expect(checkWalRetention({ slotWalKeepMb: null }).status).toBe('PASSED');
    expect(checkWalRetention({ slotWalKeepMb: 20_480 }).status).toBe('PASSED');
    expect(checkWalRetention({ slotWalKeepMb: 64 }).status).toBe('ALARM');
  });
});

describe('checkSlotName', () => {
  const facts = { database: 'shop', plugin: 'pgoutput', family: 'postgres', makesPublication: false } as const;
  const existing: SlotInfo = {
    slot: 'taken',
    plugin: 'pgoutput',
    slotType: 'logical',
    database: 'shop',
    active: true,
    pid: 7,
    confirmedLsn: toLsn(1n),
    restartLsn: toLsn(1n),
    retainedWalBytes: 0,
    walStatus: 'reserved',
  };

  it('refuses names the server would refuse', () => {
    for (const name of ['', 'Upper', 'with-dash', 'x'.repeat(64)]) {
      expect(checkSlotName(name, { existing: null, isOwned: false, ...facts }).status).toBe('FAILED');
    }
  });

  it('takes a free name and the own slot', () => {
    expect(checkSlotName('fine_1', { existing: null, isOwned: false, ...facts }).status).toBe('PASSED');
    expect(checkSlotName('taken', { existing, isOwned: true, ...facts }).status).toBe('PASSED');
  });

  it('takes a slot the user named as it is', () => {
    const unused = { ...existing, active: false, pid: null };
    expect(checkSlotName('taken', { existing: unused, isOwned: false, ...facts }).status).toBe('PASSED');
    expect(checkSlotName('taken', { existing: unused, isOwned: false, ...facts, makesPublication: true }).status).toBe(
      'ALARM',
    );
    expect(checkSlotName('taken', { existing: unused, isOwned: false, ...facts, database: 'other' }).status).toBe(
      'FAILED',
    );
    const foreign = { ...unused, plugin: 'test_decoding' };
    expect(checkSlotName('taken', { existing: foreign, isOwned: false, ...facts }).status).toBe('FAILED');
  });

  it('knows what openGauss wants otherwise', () => {
    const gauss = { ...facts, plugin: 'mppdb_decoding', family: 'opengauss' } as const;
    const unused = { ...existing, active: false, pid: null, plugin: 'mppdb_decoding' };
    expect(checkSlotName('taken', { existing: unused, isOwned: false, ...gauss }).status).toBe('PASSED');
    expect(checkSlotName('gs_roach_1', { existing: null, isOwned: false, ...gauss }).status).toBe('FAILED');
    expect(checkSlotName('gs_roach_1', { existing: null, isOwned: false, ...facts }).status).toBe('PASSED');
    const read = { ...unused, active: true };
    expect(checkSlotName('taken', { existing: read, isOwned: false, ...gauss }).cause).toContain('in use);');
  });

  it('refuses a slot that someone else reads and tells how to drop it', () => {
    const check = checkSlotName('taken', { existing, isOwned: false, ...facts });
    expect(check.status).toBe('FAILED');
    expect(check.sql).toEqual(['SELECT pg_terminate_backend(7);', "SELECT pg_drop_replication_slot('taken');"]);
  });
});

describe('checkLongTransactions', () => {
  const session: RunningTransaction = { pid: 9, gid: null, username: 'app', application: 'psql', ageSeconds: 301 };

  it('lets short ones and those of unknown age pass', () => {
    const short = { ...session, ageSeconds: 299 };
    const hidden = { ...session, ageSeconds: null };
    expect(checkLongTransactions([short, hidden]).status).toBe('PASSED');
  });

  it('takes a prepared transaction of unknown age as long', () => {
    const prepared = { ...session, pid: null, gid: 'g1', ageSeconds: null };
    expect(checkLongTransactions([prepared]).sql).toEqual(["ROLLBACK PREPARED 'g1';"]);
  });

  it('names sessions and prepared transactions with the SQL that ends them', () => {
    const prepared = { ...session, pid: null, gid: "it's", application: null, ageSeconds: 900 };
    const check = checkLongTransactions([session, prepared]);
    expect(check.status).toBe('ALARM');
    expect(check.message).toContain('pid 9 (app, psql, 301 s)');
    expect(check.sql).toEqual(['SELECT pg_terminate_backend(9);', "ROLLBACK PREPARED 'it''s';"]);
  });
});
