import { describe, expect, it } from 'vitest';
import type { Column, Relation, ReplicaIdentity } from '../domain/relation.ts';
import type { DescribedColumn, DescribedType } from './column-facts.ts';
import { type DescriptionRow, toDescription } from './table-description.ts';

const INT8 = 20;
const TEXT = 25;

function column(name: string, typeOid: number, isIdentity = false): Column {
  return { name, typeOid, typeModifier: -1, isIdentity };
}

function relation(columns: readonly Column[], replicaIdentity: ReplicaIdentity = 'd', oid = 100): Relation {
  return { oid, schema: 'public', table: 't', replicaIdentity, columns };
}

function row(parts: Partial<DescriptionRow>): DescriptionRow {
  const nothing = { primary_key: null, identity_index: null, unique_indexes: null, columns: null, types: null };
  return { oid: '100', ...nothing, ...parts };
}

function current(name: string, type: number, parts: Partial<DescribedColumn> = {}): DescribedColumn {
  return { name, type: String(type), isNotNull: false, isGenerated: false, defaultExpression: null, ...parts };
}

function typed(baseName: string, oid: number, parts: Partial<DescribedType> = {}): DescribedType {
  const plain = { isDomain: false, domainModifier: -1, domainIsNotNull: false, enumLabels: null, element: null };
  return { name: baseName, base: String(oid), category: 'b', baseName, ...plain, ...parts };
}

describe('toDescription', () => {
  it('takes key columns in key order, not in table order', () => {
    const announced = relation([column('a', INT8, true), column('note', TEXT), column('b', INT8, true)]);
    const described = toDescription(announced, row({ primary_key: ['b', 'a'] }));
    expect(described?.keyColumns).toEqual([2, 0]);
    expect(described?.identityColumns).toEqual([2, 0]);
  });

  it('follows the announced identity: full is every column, nothing is none, index is its columns', () => {
    const columns = [column('a', INT8), column('b', INT8, true)];
    const answer = row({ primary_key: ['a'], identity_index: ['b'] });
    expect(toDescription(relation(columns, 'f'), answer)?.identityColumns).toEqual([0, 1]);
    expect(toDescription(relation(columns, 'n'), answer)?.identityColumns).toEqual([]);
    expect(toDescription(relation(columns, 'i'), answer)?.identityColumns).toEqual([1]);
  });

  it('takes the marked columns when the identity index was dropped since', () => {
    const announced = relation([column('a', INT8), column('b', INT8, true)], 'i');
    expect(toDescription(announced, row({ primary_key: ['a'] }))?.identityColumns).toEqual([1]);
  });

  it('finds a key column that was renamed after the change was written', () => {
    const announced = relation([column('id', INT8, true), column('note', TEXT)]);
    const columns = [current('order_id', INT8), current('note', TEXT)];
    expect(toDescription(announced, row({ primary_key: ['order_id'], columns }))?.keyColumns).toEqual([0]);
  });

  it('knows no key for changes from before the key was added', () => {
    const announced = relation([column('note', TEXT)]);
    expect(toDescription(announced, row({ primary_key: ['id'] }))?.keyColumns).toEqual([]);
  });

  it('takes the key the change was written under when the primary key was changed since', () => {
    const announced = relation([column('id', INT8, true), column('a', INT8), column('b', TEXT)]);
    expect(toDescription(announced, row({ primary_key: ['a'] }))?.keyColumns).toEqual([0]);
    expect(toDescription(announced, row({ primary_key: ['id', 'a'] }))?.keyColumns).toEqual([0]);
    expect(toDescription(announced, row({ primary_key: ['added_later'] }))?.identityColumns).toEqual([0]);
  });

  it('does not take what is marked for the key where the publication leaves key columns out', () => {
    const announced = relation([column('a', INT8, true), column('note', TEXT)]);
    expect(() => toDescription(announced, row({ primary_key: ['a', 'b'] }))).toThrowError(
      expect.objectContaining({ code: 'KEY_UNAVAILABLE' }),
    );
  });

  it('refuses a stream without a key column instead of publishing without key', () => {
    const announced = relation([column('a', INT8, true), column('note', TEXT)], 'i');
    expect(() => toDescription(announced, row({ primary_key: ['a', 'b'] }))).toThrowError(
      expect.objectContaining({ code: 'KEY_UNAVAILABLE' }),
    );
  });

  it('does not take a table of the same name with another key for the one announced', () => {
    const announced = relation([column('a', INT8, true), column('b', INT8)], 'd', 99);
    expect(toDescription(announced, row({ primary_key: ['b'] }))).toBeNull();
    expect(toDescription(announced, row({ primary_key: ['a'] }))?.keyColumns).toEqual([0]);
  });
});

describe('toDescription: facts', () => {
  const announced = relation([column('id', INT8, true), column('note', TEXT)]);
  const types = [typed('int8', INT8), typed('text', TEXT)];

  it('aligns what the catalog knows with the announced columns by name', () => {
    const columns = [
      current('note', TEXT, { defaultExpression: "'x'::text" }),
      current('added', TEXT, { isNotNull: true, defaultExpression: "'y'::text" }),
      current('id', INT8, { isNotNull: true }),
    ];
    expect(toDescription(announced, row({ columns, types }))?.facts).toEqual([
      {
        baseTypeName: 'int8',
        typeModifier: -1,
        isNotNull: true,
        defaultExpression: null,
        isDomain: false,
        enumLabels: null,
        element: null,
      },
      expect.objectContaining({ baseTypeName: 'text', isNotNull: false, defaultExpression: "'x'::text" }),
    ]);
  });

  it.each([
    ['left out of the stream', [column('id', INT8), column('note', TEXT)]],
    ['in the stream', [column('id', INT8), column('twice', INT8), column('note', TEXT)]],
  ])('finds a renamed column where generated ones are %s', (_, streamed) => {
    const columns = [
      current('order_id', INT8, { isNotNull: true }),
      current('twice', INT8, { isGenerated: true, isNotNull: true, defaultExpression: '2 * order_id' }),
      current('note', TEXT),
    ];
    const described = streamed.map(({ name, typeOid }) => typed(name, typeOid));
    const facts = toDescription(relation(streamed), row({ columns, types: described }))?.facts;
    expect(facts?.map(({ isNotNull }) => isNotNull)).toEqual(streamed.map(({ name }) => name !== 'note'));
    expect(facts?.map(({ defaultExpression }) => defaultExpression)).toEqual(streamed.map(() => null));
  });

  it('knows only the type of a column that is gone, and no default of one that got another type', () => {
    const columns = [current('note', INT8, { isNotNull: true, defaultExpression: '1' })];
    const gone = typed('???', INT8, { category: null, baseName: null });
    expect(toDescription(announced, row({ columns, types: [gone, types[1]!] }))?.facts).toMatchObject([
      { baseTypeName: '???', isNotNull: false },
      { isNotNull: true, defaultExpression: null },
    ]);
  });

  it('takes modifier and NOT NULL of a domain, and the element of an array', () => {
    const element = { oid: '1700', name: 'numeric', category: 'b' };
    const described = [
      typed('numeric', 1700, { isDomain: true, domainModifier: 655366, domainIsNotNull: true }),
      typed('_numeric', 1231, { category: 'A', element }),
    ];
    const columns = [column('price', 900), { ...column('prices', 1231), typeModifier: 655362 }];
    expect(toDescription(relation(columns), row({ types: described }))?.facts).toMatchObject([
      { typeModifier: 655366, isNotNull: true, isDomain: true, element: null },
      { typeModifier: 655362, isNotNull: false, isDomain: false, element: { ...element, oid: 1700 } },
    ]);
  });

  it('gives unique indexes whose columns are all in the stream', () => {
    const answer = row({ types, unique_indexes: [['note', 'id'], ['note', 'hidden'], ['note']] });
    expect(toDescription(announced, answer)?.uniqueIndexes).toEqual([[1, 0], [1]]);
  });
});
