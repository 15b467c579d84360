import { describe, expect, it } from 'vitest';
import { ScriptedSession, type WireResult, wire } from '../../../test/support/scripted-session.ts';
import type { Relation } from '../../domain/relation.ts';
import { describeRelation } from './table-description.ts';

const INT4 = 23;
const COLUMN_FACTS = wire(
  'attname type_oid:20 attnotnull:16 default_expr is_generated:16',
  ['c0', '23', 't', "nextval('s.t_c0_seq'::regclass)", null],
  ['c1', '23', 'f', '(c0 * 2)', 't'],
);
const NAMED = wire('schema table oid:20 relpersistence:18 relreplident:18 parttype:18', [
  's',
  't',
  '500',
  'p',
  'd',
  'n',
]);

const INTEGER = wire('oid:20 name typname typtype:18 typcategory:18 base:20 element:20 typtypmod:23 typnotnull:16', [
  '23',
  'integer',
  'int4',
  'b',
  'N',
  '0',
  '0',
  '-1',
  'f',
]);

function relation(oid: number, types: readonly number[] = [INT4, INT4]): Relation {
  const columns = types.map((typeOid, at) => ({ name: `c${at}`, typeOid, typeModifier: -1, isIdentity: at === 0 }));
  return { oid, schema: 's', table: 't', replicaIdentity: 'd', columns };
}

function catalog(tables: WireResult, types: WireResult = wire('oid:20')): ScriptedSession {
  return new ScriptedSession()
    .on('c.parttype', tables)
    .on('adgencol', COLUMN_FACTS)
    .on('from pg_attribute', wire('oid:20 attname type_oid:20 atttypmod:23 type', ['500', 'c0', '23', '-1', 'integer']))
    .on('indisunique', wire('index_name attname', ['t_ac', 'c1'], ['t_ac', 'c0'], ['t_b', 'c1']))
    .on('from pg_index', wire('oid:20 indisprimary:16 indisreplident:16 attname', ['500', 't', 'f', 'c0']))
    .on('from pg_type', types);
}

describe('describeRelation', () => {
  it('finds the table by its oid although another one has its name now', async () => {
    const { fields, rows } = NAMED;
    const both = { fields, rows: [['s', 't', '600', 'p', 'd', 'n'], ...rows] };
    expect((await describeRelation(catalog(both), relation(500)))?.keyColumns).toEqual([0]);
  });

  it('finds the table by name where the stream tells no oid', async () => {
    expect((await describeRelation(catalog(NAMED), relation(0)))?.keyColumns).toEqual([0]);
  });

  it('knows nothing of a table that is gone', async () => {
    expect(await describeRelation(catalog(wire('oid:20')), relation(500))).toBeNull();
  });

  it('tells NOT NULL, defaults and unique indexes, and no default for a generated column', async () => {
    const described = await describeRelation(catalog(NAMED, INTEGER), relation(500));
    expect(described).toMatchObject({
      facts: [
        { baseTypeName: 'int4', isNotNull: true, defaultExpression: "nextval('s.t_c0_seq'::regclass)" },
        { baseTypeName: 'int4', isNotNull: false, defaultExpression: null },
      ],
      uniqueIndexes: [[1, 0], [1]],
    });
  });
});
