import { describe, expect, it } from 'vitest';
import { neutralFacts } from '../domain/neutral-facts.ts';
import type { ColumnFacts, Relation, TableDescription } from '../domain/relation.ts';
import { describeFromStore, storedDescription } from './stored-description.ts';

function relation(...columns: readonly (readonly [name: string, typeOid: number, typeModifier?: number])[]): Relation {
  return {
    oid: 1,
    schema: 's',
    table: 't',
    replicaIdentity: 'd',
    columns: columns.map(([name, typeOid, typeModifier = -1], at) => ({
      name,
      typeOid,
      typeModifier,
      isIdentity: at === 0,
    })),
  };
}

const ID: ColumnFacts = { ...neutralFacts('int8'), isNotNull: true, defaultExpression: "nextval('s'::regclass)" };
const MOODS: ColumnFacts = {
  ...neutralFacts('_mood', 9),
  isDomain: true,
  enumLabels: ['sad', 'ok'],
  element: { oid: 905, name: 'mood', category: 'e' },
};
const DESCRIPTION: TableDescription = {
  relation: relation(['id', 20], ['moods', 903]),
  keyColumns: [0],
  identityColumns: [0],
  typeNames: ['bigint', 'moods'],
  baseTypeOids: [20, 904],
  typeCategories: ['b', 'A'],
  facts: [ID, MOODS],
  uniqueIndexes: [[1, 0], [1]],
};

describe('describeFromStore', () => {
  it('gives back what was stored', () => {
    expect(describeFromStore(DESCRIPTION.relation, storedDescription(DESCRIPTION))).toEqual(DESCRIPTION);
  });

  it('aligns it with the relation it is asked for; a column unknown then counts as text', () => {
    const other = relation(['added', 1043, 14], ['id', 20]);
    expect(describeFromStore(other, storedDescription(DESCRIPTION))).toEqual({
      relation: other,
      keyColumns: [1],
      identityColumns: [1],
      typeNames: ['text', 'bigint'],
      baseTypeOids: [25, 20],
      typeCategories: ['b', 'b'],
      facts: [neutralFacts('text', 14), ID],
      uniqueIndexes: [],
    });
  });

  it('takes the modifier that the stream tells', () => {
    const narrow = relation(['id', 20, 7], ['moods', 903]);
    const { facts } = describeFromStore(narrow, storedDescription(DESCRIPTION));
    expect(facts.map(({ typeModifier }) => typeModifier)).toEqual([7, 9]);
  });

  it('reads what versions without facts stored', () => {
    const types = { id: { name: 'bigint', baseOid: 20, category: 'b' } };
    const text = JSON.stringify({ key: ['id'], identity: ['id'], types });
    expect(describeFromStore(relation(['id', 20]), text)).toMatchObject({
      keyColumns: [0],
      baseTypeOids: [20],
      facts: [neutralFacts('bigint')],
      uniqueIndexes: [],
    });
  });
});
