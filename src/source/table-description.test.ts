import { describe, expect, it } from 'vitest';
import type { Column, Relation, ReplicaIdentity } from '../domain/relation.ts';
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
  return { oid: '100', primary_key: null, identity_index: null, columns: null, types: null, ...parts };
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
    const columns = [
      { name: 'order_id', type: String(INT8) },
      { name: 'note', type: String(TEXT) },
    ];
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
