import { describe, expect, it } from 'vitest';
import { checkColumnTypes } from './column-types.ts';
import { checkManagedPublication } from './managed-publication.ts';
import { checkTableKinds } from './table-kinds.ts';
import { checkTableNames } from './table-names.ts';
import { checkUserPublication } from './user-publication.ts';

describe('checkTableKinds', () => {
  const plain = {
    schema: 'public',
    table: 't',
    persistence: 'p',
    orientation: 'row',
    isIntervalPartitioned: false,
    isCompressed: false,
    isForeign: false,
  } as const;

  it('passes ordinary tables and leaves unlogged ones to their own check', () => {
    expect(checkTableKinds([plain, { ...plain, persistence: 'u' }], []).status).toBe('PASSED');
  });

  it.each([
    [{ orientation: 'column' }, 'public.t: column store.'],
    [{ persistence: 'g' }, 'public.t: a global temporary table.'],
    [{ isIntervalPartitioned: true }, 'public.t: interval partitions.'],
    [{ isCompressed: true }, 'public.t: compressed rows.'],
    [{ isForeign: true }, 'public.t: a foreign or memory-optimised (MOT) table.'],
  ] as const)('refuses %o', (parts, cause) => {
    expect(checkTableKinds([plain, { ...plain, ...parts }], [])).toMatchObject({ status: 'FAILED', cause });
  });

  it('refuses tables of independent roles', () => {
    const check = checkTableKinds([plain], [{ schema: 'public', table: 't' }]);
    expect(check).toMatchObject({ status: 'FAILED', cause: 'public.t: owned by an INDEPENDENT role.' });
  });
});

describe('checkTableNames', () => {
  it('tells which names the server cannot filter by', () => {
    const names = ['t', 'MixedCase', 'my table', 'a,b', 'a.b', '*'];
    const check = checkTableNames(
      names.map((table) => ({ schema: 'public', table })),
      'binary',
    );
    expect(check.status).toBe('PASSED');
    expect(check.message).toContain(': public.my table, public.a,b, public.a.b, public.*.');
    expect(checkTableNames([{ schema: 'public', table: 't' }], 'text').message).not.toContain('cannot');
  });

  it('refuses names with blanks in style text', () => {
    const table = { schema: 'public', table: 'Order Lines' };
    expect(checkTableNames([table], 'text')).toMatchObject({ status: 'FAILED' });
    expect(checkTableNames([table], 'json')).toMatchObject({ status: 'PASSED' });
  });
});

describe('checkColumnTypes', () => {
  const column = (typeName: string, typeOid: number, isArray = false) => ({
    schema: 'public',
    table: 't',
    column: 'c',
    typeName,
    typeOid,
    isArray,
  });

  it('passes types the published formats know', () => {
    const known = [column('integer', 23), column('tinyint', 5545), column('clob', 90), column('integer[]', 1007, true)];
    expect(checkColumnTypes(known).status).toBe('PASSED');
  });

  it.each([
    ['money', 790, false],
    ['hash16', 5801, false],
    ['int16', 34, false],
    ['vector', 8305, false],
    ['mood', 16_500, false],
    ['mood[]', 16_501, true],
  ])('lists a column of type %s', (typeName, oid, isArray) => {
    const check = checkColumnTypes([column('integer', 23), column(typeName, oid, isArray)]);
    expect(check).toMatchObject({ status: 'ALARM', message: expect.stringContaining(`public.t.c (${typeName}).`) });
  });
});

describe('publications of openGauss', () => {
  const syntax = { viaRoot: false, truncate: false };
  const table = {
    oid: 1,
    schema: 'public',
    table: 'parts',
    kind: 'p',
    persistence: 'p',
    replicaIdentity: 'd',
    primaryKey: [],
    identityColumns: [],
    columns: [],
  } as const;

  it('know no option for partitions, and need none', () => {
    const access = {
      ...table,
      canUseSchema: true,
      canSelect: true,
      isOwner: true,
      owner: 'app',
      ownerIsSuperuser: false,
    };
    const server = { role: 'cdc', isSuperuser: false, database: 'shop', canCreateInDatabase: true };
    expect(checkManagedPublication('p', server, [access], syntax).status).toBe('PASSED');
    expect(checkUserPublication('p', null, [table], syntax).sql).toEqual([
      'CREATE PUBLICATION "p" FOR TABLE "public"."parts";',
    ]);
  });

  it('publish truncates only where the server knows them', () => {
    const kinds = { insert: true, update: true, delete: false };
    const publication = { allTables: true, ...kinds, viaRoot: true, tables: [], filtered: [] };
    const sql = (truncate: boolean) => checkUserPublication('p', publication, [table], { ...syntax, truncate }).sql;
    expect(sql(false)).toEqual([`ALTER PUBLICATION "p" SET (publish = 'insert, update, delete');`]);
    expect(sql(true)).toEqual([`ALTER PUBLICATION "p" SET (publish = 'insert, update, delete, truncate');`]);
  });
});
