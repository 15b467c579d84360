import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relation } from '../../src/domain/relation.ts';
import { openCatalog } from '../../src/source/postgres/catalog.ts';
import type { Catalog, SourceTable } from '../../src/source/source.ts';
import { openFixture, type SourceFixture } from './source-postgres-fixture.ts';

const SCHEMA = `
create schema sales;
create table plain (id int8 primary key, note text);
create table sales."Order ""Lines""" (pad text, b int8, a text, primary key (a, b) include (pad));
create table keyless (note varchar(20));
create table by_index (id int8 primary key, code text not null);
create unique index by_index_code on by_index (code, id);
alter table by_index replica identity using index by_index_code;
create table whole (v numeric(10,2)[]); alter table whole replica identity full;
create unlogged table fleeting (id int8 primary key);
create temporary table passing (id int8);
create table parts (id int8, at date not null, primary key (id, at)) partition by range (at);
create table parts_2024 partition of parts for values from ('2024-01-01') to ('2025-01-01');
create view seen as select 1;
create type mood as enum ('sad', 'ok');
create type pair as (x int, y int);
create domain small as int4 check (value < 100);
create domain smaller as small;
create domain moods as mood[];
create domain code as varchar(7) not null;
create domain price as numeric(12,3);
create table facts (id bigserial primary key, c code, p price default 1.5, ps price[], cs numeric(10,2)[] not null,
  v varchar(20) default 'it''s' not null, at timestamptz default now(), m mood default 'ok', mm moods, i int generated always as identity,
  u1 int not null, u2 int not null, twice int8 generated always as (2) stored);
create unique index facts_b on facts (u2, u1) include (v);
create unique index facts_a on facts (v);
create unique index facts_part on facts (u1) where u2 > 0;
create unique index facts_expr on facts (lower(v));
create unique index facts_mixed on facts (u1, lower(v));
create unique index facts_hidden on facts (twice);
create index facts_plain on facts (p);
create table typed (id smaller primary key, m mood, ms moods, p pair, r int4range, t timestamptz(3), twice int generated always as (1) stored);
`;

let fixture: SourceFixture;
let catalog: Catalog;
let tables: ReadonlyMap<string, SourceTable>;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.admin.query(SCHEMA);
  catalog = await openCatalog(fixture.endpoint());
  tables = new Map((await catalog.listTables()).map((table) => [`${table.schema}.${table.table}`, table]));
});

afterAll(async () => {
  await catalog?.close();
  await fixture?.[Symbol.asyncDispose]();
});

/** The relation as pgoutput announces it: no generated columns, identity columns marked. */
async function announced(name: string, replicaIdentity: Relation['replicaIdentity'] = 'd'): Promise<Relation> {
  const table = tables.get(name)!;
  const { rows } = await fixture.admin.query<{ name: string; oid: number; mod: number }>(
    `select attname as name, atttypid::int as oid, atttypmod as mod from pg_attribute
     where attrelid = $1 and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table.oid],
  );
  const columns = rows.map((row) => ({
    name: row.name,
    typeOid: row.oid,
    typeModifier: row.mod,
    isIdentity: table.primaryKey.includes(row.name),
  }));
  return { oid: table.oid, schema: table.schema, table: table.table, replicaIdentity, columns };
}

describe('Catalog of PostgreSQL: tables', () => {
  it('lists regular and partitioned tables, without leaves, views and temporary tables', () => {
    expect([...tables.keys()].sort()).toEqual([
      'public.by_index',
      'public.facts',
      'public.fleeting',
      'public.keyless',
      'public.parts',
      'public.plain',
      'public.typed',
      'public.whole',
      'sales.Order "Lines"',
    ]);
    expect(tables.get('public.parts')?.kind).toBe('p');
    expect(tables.get('public.fleeting')?.persistence).toBe('u');
  });

  it('gives key columns in key order without INCLUDE columns', () => {
    expect(tables.get('sales.Order "Lines"')?.primaryKey).toEqual(['a', 'b']);
    expect(tables.get('public.keyless')?.primaryKey).toEqual([]);
    expect(tables.get('public.parts')?.primaryKey).toEqual(['id', 'at']);
  });

  it('gives the identity and, for an index, its columns', () => {
    expect(tables.get('public.by_index')).toMatchObject({ replicaIdentity: 'i', identityColumns: ['code', 'id'] });
    expect(tables.get('public.whole')).toMatchObject({ replicaIdentity: 'f', identityColumns: [] });
  });

  it('names types without modifiers', () => {
    expect(tables.get('public.whole')?.columns).toEqual([{ name: 'v', typeName: 'numeric[]' }]);
    expect(tables.get('public.keyless')?.columns).toEqual([{ name: 'note', typeName: 'character varying' }]);
  });
});

describe('Catalog of PostgreSQL: describe', () => {
  it('aligns keys with the announced columns', async () => {
    const described = await catalog.describe(await announced('sales.Order "Lines"'));
    expect(described).toMatchObject({ keyColumns: [2, 1], identityColumns: [2, 1] });
  });

  it('follows the announced identity', async () => {
    expect(await catalog.describe(await announced('public.by_index', 'i'))).toMatchObject({
      keyColumns: [0],
      identityColumns: [1, 0],
    });
    expect(await catalog.describe(await announced('public.plain', 'f'))).toMatchObject({ identityColumns: [0, 1] });
    expect(await catalog.describe(await announced('public.plain', 'n'))).toMatchObject({ identityColumns: [] });
  });

  it('resolves domains, enums, composites, ranges and arrays', async () => {
    const described = await catalog.describe(await announced('public.typed'));
    expect(described?.typeNames).toEqual(['smaller', 'mood', 'moods', 'pair', 'int4range', 'timestamp with time zone']);
    expect(described?.typeCategories).toEqual(['b', 'e', 'A', 'c', 'r', 'b']);
    expect(described?.baseTypeOids[0]).toBe(23);
    expect(described?.baseTypeOids[5]).toBe(1184);
    expect(described?.keyColumns).toEqual([0]);
  });

  it('tells modifiers, NOT NULL, defaults and elements, those of domains too', async () => {
    const { relation, facts = [] } = (await catalog.describe(await announced('public.facts'))) ?? {};
    const shown = relation?.columns.map(({ name }, at) => {
      const { baseTypeName, typeModifier, isNotNull, defaultExpression, isDomain, enumLabels, element } = facts[at]!;
      const kind = element && [element.oid < 16_384 ? element.oid : 'own', element.name, element.category];
      return [name, baseTypeName, typeModifier, isNotNull, defaultExpression, isDomain, enumLabels, kind];
    });
    const numeric = [1700, 'numeric', 'b'];
    const mood = ['own', 'mood', 'e'];
    expect(shown).toEqual([
      ['id', 'int8', -1, true, "nextval('facts_id_seq'::regclass)", false, null, null],
      ['c', 'varchar', 11, true, null, true, null, null],
      ['p', 'numeric', 786_439, false, '1.5', true, null, null],
      ['ps', '_price', -1, false, null, false, null, numeric],
      ['cs', '_numeric', 655_366, true, null, false, null, numeric],
      ['v', 'varchar', 24, true, "'it''s'::character varying", false, null, null],
      ['at', 'timestamptz', -1, false, 'now()', false, null, null],
      ['m', 'mood', -1, false, "'ok'::mood", false, ['sad', 'ok'], null],
      ['mm', '_mood', -1, false, null, true, ['sad', 'ok'], mood],
      ['i', 'int4', -1, true, null, false, null, null],
      ['u1', 'int4', -1, true, null, false, null, null],
      ['u2', 'int4', -1, true, null, false, null, null],
    ]);
  });

  it('gives the unique indexes of plain columns by name, without those of columns that are not streamed', async () => {
    const described = await catalog.describe(await announced('public.facts'));
    expect(described?.uniqueIndexes).toEqual([[5], [11, 10]]);
  });

  it('describes a partitioned table by its root', async () => {
    expect(await catalog.describe(await announced('public.parts'))).toMatchObject({ keyColumns: [0, 1] });
  });

  it('finds a table by oid after it was renamed, with a renamed key column', async () => {
    await fixture.admin.query('create table before (id int8 primary key, note text)');
    tables = new Map((await catalog.listTables()).map((table) => [`${table.schema}.${table.table}`, table]));
    const relation = await announced('public.before');
    await fixture.admin.query('alter table before rename to after; alter table after rename id to order_id');
    expect(await catalog.describe(relation)).toMatchObject({ keyColumns: [0] });
  });

  it('finds a table that was made anew under its name, and none that is gone', async () => {
    await fixture.admin.query('create table again (id int8 primary key)');
    tables = new Map((await catalog.listTables()).map((table) => [`${table.schema}.${table.table}`, table]));
    const relation = await announced('public.again');
    await fixture.admin.query('drop table again; create table again (id int8 primary key)');
    expect(await catalog.describe(relation)).toMatchObject({ keyColumns: [0] });
    await fixture.admin.query('drop table again');
    expect(await catalog.describe(relation)).toBeNull();
  });
});

describe('Catalog of PostgreSQL: server', () => {
  it('tells who the server is', async () => {
    const facts = await catalog.facts();
    expect(facts).toMatchObject({ database: fixture.database.name });
    expect(facts.systemId).toMatch(/^\d{15,}$/);
    expect(facts.versionNumber).toBeGreaterThanOrEqual(120_000);
    expect(facts.currentLsn).toBeGreaterThan(0n);
  });

  it('gives a position behind asynchronous commits', async () => {
    const { admin } = fixture;
    await admin.query('set synchronous_commit = off');
    await admin.query("insert into plain select g, 'x' from generate_series(1, 100) g");
    const { rows } = await admin.query<{ lsn: string }>('select pg_current_wal_insert_lsn() - $1::pg_lsn as lsn', [
      '0/0',
    ]);
    const committed = BigInt(rows[0]!.lsn);
    await admin.query('reset synchronous_commit');
    // A page header may stand between the last record and the insert position: 40 bytes at most.
    expect(await catalog.currentLsn()).toBeGreaterThanOrEqual(committed - 40n);
  });

  it('classifies the loss of its connection and does not end the process', async () => {
    const lost = await openCatalog(fixture.endpoint());
    await fixture.admin.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where application_name = 'gausscast' and datname = current_database() and backend_start =
         (select max(backend_start) from pg_stat_activity where application_name = 'gausscast' and datname = current_database())`,
    );
    await expect(lost.facts()).rejects.toMatchObject({ code: 'SOURCE_CONNECTION_LOST', retry: 'timed' });
    await lost.close();
  });
});
