import { describe, expect, it } from 'vitest';
import { ScriptedSession, wire } from '../../../test/support/scripted-session.ts';
import { readColumnTypes } from './column-types.ts';

const COLUMNS = 'oid:20 name typname typtype:18 typcategory:18 base:20 element:20 typtypmod:23 typnotnull:16';
const TYPES = [
  ['900', 'tax_rate', 'tax_rate', 'd', 'N', '901', '0', '-1', 't'],
  ['901', 'rate', 'rate', 'd', 'N', '1700', '0', '655366', 'f'],
  ['1700', 'numeric', 'numeric', 'b', 'N', '0', '0', '-1', 'f'],
  ['902', 'rate[]', '_rate', 'b', 'A', '0', '901', '-1', 'f'],
  ['903', 'moods', 'moods', 'd', 'A', '904', '905', '-1', 'f'],
  ['904', 'mood[]', '_mood', 'b', 'A', '0', '905', '-1', 'f'],
  ['905', 'mood', 'mood', 'e', 'E', '0', '0', '-1', 'f'],
];
const LABELS = wire('oid:20 enumlabel', ['905', 'sad'], ['905', 'ok']);

function server(): ScriptedSession {
  return new ScriptedSession()
    .on('from pg_type', (text) => {
      const asked = [...text.matchAll(/'(\d+)'/g)].map((match) => match[1]!);
      return wire(COLUMNS, ...TYPES.filter(([oid]) => asked.includes(oid!)));
    })
    .on('from pg_enum', LABELS);
}

const NUMERIC = { oid: '1700', name: 'numeric', category: 'b' };
const MOOD = { oid: '905', name: 'mood', category: 'e' };

describe('readColumnTypes', () => {
  it.each([
    [1700, { name: 'numeric', base: '1700', category: 'b', baseName: 'numeric', isDomain: false, domainModifier: -1 }],
    [900, { name: 'tax_rate', base: '1700', baseName: 'numeric', isDomain: true, domainModifier: 655_366 }],
    [900, { domainIsNotNull: true, element: null, enumLabels: null }],
    [902, { base: '902', category: 'A', baseName: '_rate', isDomain: false, element: NUMERIC, enumLabels: null }],
    [903, { base: '904', category: 'A', baseName: '_mood', isDomain: true, element: MOOD, enumLabels: ['sad', 'ok'] }],
    [905, { base: '905', category: 'e', element: null, enumLabels: ['sad', 'ok'] }],
    [77_777, { name: '???', base: '77777', category: null, baseName: null, isDomain: false, domainModifier: -1 }],
  ])('describes type %i', async (oid, expected) => {
    expect(await readColumnTypes(server(), [oid])).toMatchObject([expected]);
  });

  it('answers in the order asked, and asks for labels only where there are enums', async () => {
    const session = server();
    const described = await readColumnTypes(session, [902, 1700, 902]);
    expect(described.map(({ name }) => name)).toEqual(['rate[]', 'numeric', 'rate[]']);
    expect([session.count('from pg_type'), session.count('from pg_enum')]).toEqual([2, 0]);
  });
});
