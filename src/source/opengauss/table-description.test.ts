import { describe, expect, it } from 'vitest';
import { ScriptedSession, type WireResult, wire } from '../../../test/support/scripted-session.ts';
import type { Relation } from '../../domain/relation.ts';
import { describeRelation } from './table-description.ts';

const INT4 = 23;
const NAMED = wire('schema table oid:20 relpersistence:18 relreplident:18 parttype:18', [
  's',
  't',
  '500',
  'p',
  'd',
  'n',
]);

function relation(oid: number, types: readonly number[] = [INT4, INT4]): Relation {
  const columns = types.map((typeOid, at) => ({ name: `c${at}`, typeOid, typeModifier: -1, isIdentity: at === 0 }));
  return { oid, schema: 's', table: 't', replicaIdentity: 'd', columns };
}

function catalog(tables: WireResult, types: WireResult = wire('oid:20')): ScriptedSession {
  return new ScriptedSession()
    .on('c.parttype', tables)
    .on('from pg_attribute', wire('oid:20 attname type_oid:20 atttypmod:23 type', ['500', 'c0', '23', '-1', 'integer']))
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

  it('follows domains down to their base type and tells arrays from other types', async () => {
    const columns = 'oid:20 name typtype:18 typcategory:18 base:20';
    const known: Record<string, string[]> = {
      '900': ['900', 'tax_rate', 'd', 'N', '901'],
      '901': ['901', 'rate', 'd', 'N', '1700'],
      '1700': ['1700', 'numeric', 'b', 'N', '0'],
      '1007': ['1007', 'integer[]', 'b', 'A', '0'],
    };
    const session = new ScriptedSession()
      .on('c.parttype', NAMED)
      .on('from pg_attribute', wire('oid:20'))
      .on('from pg_index', wire('oid:20'))
      .on('from pg_type', (text) => {
        const asked = [...text.matchAll(/'(\d+)'/g)].map((match) => match[1]!);
        return wire(columns, ...asked.flatMap((oid) => (known[oid] === undefined ? [] : [known[oid]])));
      });
    const described = await describeRelation(session, relation(500, [900, 1007, 77_777, 900]));
    expect(described).toMatchObject({
      typeNames: ['tax_rate', 'integer[]', '???', 'tax_rate'],
      baseTypeOids: [1700, 1007, 77_777, 1700],
      typeCategories: ['b', 'A', 'b', 'b'],
    });
  });
});
