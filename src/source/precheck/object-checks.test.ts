import { describe, expect, it } from 'vitest';
import type { SourceTable } from '../source.ts';
import type { IdentityFacts, PublicationFacts, TableAccess } from './facts.ts';
import { checkManagedPublication } from './managed-publication.ts';
import { nearNames } from './near-names.ts';
import { checkObjectsExist } from './objects-exist.ts';
import { checkOldRows, checkReplicaIdentity } from './replica-identity.ts';
import { checkTablePrivileges } from './table-privileges.ts';
import { checkUnloggedTables } from './unlogged-tables.ts';
import { checkUserPublication } from './user-publication.ts';

function table(name: string, kind: 'r' | 'p' = 'r'): SourceTable {
  return {
    oid: 1,
    schema: 'public',
    table: name,
    kind,
    persistence: 'p',
    replicaIdentity: 'd',
    primaryKey: ['id'],
    identityColumns: [],
    columns: [],
  };
}

function identity(parts: Partial<IdentityFacts>): IdentityFacts {
  const base = { schema: 'public', table: 't', persistence: 'p', identity: 'd', keyIsImmediate: true } as const;
  return { ...base, primaryKey: ['id'], identityIndex: [], ...parts };
}

function access(parts: Partial<TableAccess>): TableAccess {
  const may = { canUseSchema: true, canSelect: true, isOwner: true };
  return { schema: 'public', table: 't', kind: 'r', ...may, owner: 'app', ownerIsSuperuser: false, ...parts };
}

describe('checkReplicaIdentity and checkOldRows', () => {
  it.each<[string, Partial<IdentityFacts>, string, string]>([
    ['FULL without key', { identity: 'f', primaryKey: [] }, 'PASSED', 'PASSED'],
    ['DEFAULT with key', {}, 'PASSED', 'ALARM'],
    ['DEFAULT without key', { primaryKey: [] }, 'FAILED', 'PASSED'],
    ['DEFAULT with a deferrable key', { keyIsImmediate: false }, 'FAILED', 'PASSED'],
    ['NOTHING with key', { identity: 'n' }, 'FAILED', 'PASSED'],
    ['an index that contains the key', { identity: 'i', identityIndex: ['code', 'id'] }, 'PASSED', 'ALARM'],
    ['an index without the key', { identity: 'i', identityIndex: ['code'] }, 'FAILED', 'PASSED'],
    ['an index that is gone', { identity: 'i' }, 'FAILED', 'PASSED'],
    ['an index, no key', { identity: 'i', primaryKey: [], identityIndex: ['code'] }, 'PASSED', 'ALARM'],
  ])('judges %s', (_what, parts, usable, oldRows) => {
    expect(checkReplicaIdentity([identity(parts)]).status).toBe(usable);
    expect(checkOldRows([identity(parts)]).status).toBe(oldRows);
  });

  it('gives one ALTER per unusable table and none for the others', () => {
    const check = checkReplicaIdentity([identity({}), identity({ table: 'Log', primaryKey: [] })]);
    expect(check.sql).toEqual(['ALTER TABLE "public"."Log" REPLICA IDENTITY FULL;']);
  });
});

describe('checkObjectsExist', () => {
  const all = [table('orders'), table('customers'), table('Users')];

  it('passes when every pattern matched', () => {
    expect(checkObjectsExist({ tables: all, unmatched: [] }, all).status).toBe('PASSED');
  });

  it('names close tables for a pattern that matched nothing', () => {
    const check = checkObjectsExist({ tables: [], unmatched: ['public.order'] }, all);
    expect(check).toMatchObject({ status: 'FAILED', cause: 'Did you mean public.orders?' });
  });

  it('fails when the excludes leave nothing', () => {
    expect(checkObjectsExist({ tables: [], unmatched: [] }, all).status).toBe('FAILED');
  });

  it('proposes quotes for mixed case and schemas for wildcards', () => {
    expect(nearNames('public.users', all)).toContain('public."Users"');
    expect(nearNames('publik.*', all)).toEqual(['public.*']);
    expect(nearNames('zzzzzzzz.qqqqqq', all)).toEqual([]);
  });
});

describe('checkTablePrivileges', () => {
  it('grants each schema once and each table', () => {
    const closed = { canUseSchema: false, canSelect: false };
    const check = checkTablePrivileges('cdc', [access({ ...closed }), access({ ...closed, table: 'u' })]);
    expect(check.status).toBe('FAILED');
    expect(check.sql).toEqual([
      'GRANT USAGE ON SCHEMA "public" TO "cdc";',
      'GRANT SELECT ON TABLE "public"."t" TO "cdc";',
      'GRANT SELECT ON TABLE "public"."u" TO "cdc";',
    ]);
    expect(checkTablePrivileges('cdc', [access({})]).status).toBe('PASSED');
  });

  it('asks for the schema only where rows are not read', () => {
    expect(checkTablePrivileges('cdc', [access({ canSelect: false })], false).status).toBe('PASSED');
    const closed = checkTablePrivileges('cdc', [access({ canUseSchema: false, canSelect: false })], false);
    expect(closed.sql).toEqual(['GRANT USAGE ON SCHEMA "public" TO "cdc";']);
  });
});

describe('checkUnloggedTables', () => {
  it('refuses tables that never reach the WAL', () => {
    expect(checkUnloggedTables([identity({})]).status).toBe('PASSED');
    expect(checkUnloggedTables([identity({ persistence: 'u' })]).sql).toEqual(['ALTER TABLE "public"."t" SET LOGGED;']);
    const gauss = checkUnloggedTables([identity({ persistence: 'u' })], 'opengauss');
    expect(gauss).toMatchObject({ status: 'FAILED', cure: expect.stringContaining('create them anew') });
    expect(gauss.sql).toBeUndefined();
  });
});

describe('checkManagedPublication', () => {
  const server = {
    role: 'cdc',
    isSuperuser: false,
    database: 'shop',
    canCreateInDatabase: true,
    versionNumber: 150_000,
  };

  it('passes for owners and superusers', () => {
    const foreign = [access({ isOwner: false })];
    expect(checkManagedPublication('p', server, [access({})]).status).toBe('PASSED');
    const superuser = { ...server, isSuperuser: true, canCreateInDatabase: false };
    expect(checkManagedPublication('p', superuser, foreign).status).toBe('PASSED');
  });

  it('grants membership in owners, but never in a superuser', () => {
    const tables = [
      access({ isOwner: false }),
      access({ isOwner: false, table: 'u', owner: 'postgres', ownerIsSuperuser: true }),
    ];
    expect(checkManagedPublication('p', { ...server, canCreateInDatabase: false }, tables).sql).toEqual([
      'GRANT CREATE ON DATABASE "shop" TO "cdc";',
      'GRANT "app" TO "cdc";',
      'ALTER TABLE "public"."u" OWNER TO "cdc";',
    ]);
  });

  it('refuses partitioned tables on servers without publish_via_partition_root', () => {
    const check = checkManagedPublication('p', { ...server, versionNumber: 120_000 }, [access({ kind: 'p' })]);
    expect(check.status).toBe('FAILED');
  });
});

describe('checkUserPublication', () => {
  const held = { schema: 'public', table: 'orders' };
  const kinds = { insert: true, update: true, delete: true };
  const publication: PublicationFacts = { allTables: false, ...kinds, viaRoot: false, tables: [held], filtered: [] };

  it('passes when it holds all tables and publishes all changes', () => {
    expect(checkUserPublication('p', publication, [table('orders')]).status).toBe('PASSED');
  });

  it('fails when it does not exist and gives the statement', () => {
    expect(checkUserPublication('p', null, [table('orders')]).sql).toEqual([
      'CREATE PUBLICATION "p" FOR TABLE "public"."orders" WITH (publish_via_partition_root = true);',
    ]);
  });

  it('collects everything that is missing', () => {
    const poor = { ...publication, delete: false };
    const check = checkUserPublication('p', poor, [table('orders'), table('parts', 'p')]);
    expect(check.status).toBe('FAILED');
    expect(check.sql).toEqual([
      'ALTER PUBLICATION "p" ADD TABLE "public"."parts";',
      `ALTER PUBLICATION "p" SET (publish = 'insert, update, delete, truncate');`,
      'ALTER PUBLICATION "p" SET (publish_via_partition_root = true);',
    ]);
  });

  it('warns of row filters and column lists of selected tables', () => {
    expect(checkUserPublication('p', { ...publication, filtered: [held] }, [table('orders')]).status).toBe('ALARM');
  });
});
