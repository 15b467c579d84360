import { describe, expect, it } from 'vitest';
import { FakeShapes, shapeOf } from '../../../test/support/fake-shapes.ts';
import type { Relation } from '../../domain/relation.ts';
import { RelationBook, type StreamColumn } from './relation-book.ts';
import type { TableShape } from './shapes.ts';

const ID: StreamColumn = { name: 'id', typeOid: 23, typeName: null };
const BIG_ID: StreamColumn = { name: 'id', typeOid: 20, typeName: null };
const NOTE: StreamColumn = { name: 'note', typeOid: 25, typeName: null };
const ITEM = shapeOf('s', 'item', [
  ['id', 'integer', 'key'],
  ['note', 'text'],
]);
/** More tries than any question needs. */
const MOST_TRIES = 5;

/** A book whose catalog answers in turn, and what it announced. `tryOften` tries as the decoders do, until ready. */
function bookOf(answers: readonly (TableShape | null)[], mayGoOn: () => boolean = () => true) {
  const shapes = new FakeShapes(answers);
  const announced: Relation[] = [];
  const control = { mayGoOn, reached: () => undefined };
  const book = new RelationBook({ relation: (relation) => announced.push(relation) }, shapes, control);
  const entry = book.table('s', 'item');
  const tryOften = <T>(attempt: () => T | false | null): T => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const result = attempt();
      if (result !== false && result !== null) return result;
    }
    throw new Error('never ready');
  };
  return {
    entry,
    shapes,
    announced,
    book,
    whole: (columns: readonly StreamColumn[]) => tryOften(() => book.whole(entry, columns)),
    part: (columns: readonly StreamColumn[]) => [...tryOften(() => book.part(entry, columns))],
  };
}

describe('relation book', () => {
  it('knows a table by both of its names', () => {
    const { book, entry } = bookOf([ITEM]);
    expect(book.table('s', 'item')).toBe(entry);
    expect(book.table('s', 'other')).not.toBe(entry);
    expect(book.table('t', 'item')).not.toBe(entry);
  });

  it('asks the catalog before the first row and announces the shape once', () => {
    const { book, entry, shapes, announced } = bookOf([ITEM]);
    expect(book.whole(entry, [ID, NOTE])).toBe(false);
    expect(announced).toEqual([]);
    expect(book.whole(entry, [ID, NOTE])).toBe(true);
    expect(book.whole(entry, [ID, NOTE])).toBe(true);
    expect(shapes.asked).toEqual(['s.item']);
    expect(announced).toEqual([ITEM.relation]);
    expect(entry.relation).toBe(announced[0]);
  });

  it('is not ready while an announced relation holds the stream, and does not announce it again', () => {
    let holds = true;
    const { book, entry, announced } = bookOf([ITEM], () => !holds);
    book.whole(entry, [ID, NOTE]);
    expect(book.whole(entry, [ID, NOTE])).toBe(false);
    holds = false;
    expect(book.whole(entry, [ID, NOTE])).toBe(true);
    expect(announced).toHaveLength(1);
  });

  it('asks again when a row does not fit, and takes the new shape', () => {
    const wider = shapeOf('s', 'item', [
      ['id', 'bigint', 'key'],
      ['note', 'text'],
    ]);
    const { whole, shapes, announced } = bookOf([ITEM, wider]);
    whole([ID, NOTE]);
    whole([BIG_ID, NOTE]);
    expect(shapes.asked).toHaveLength(2);
    expect(announced).toEqual([ITEM.relation, wider.relation]);
  });

  it('believes the row where the catalog is ahead of the stream, and asks once', () => {
    const ahead = shapeOf('s', 'item', [
      ['id', 'bigint', 'key'],
      ['note', 'text'],
      ['extra', 'text'],
    ]);
    const { whole, shapes, announced } = bookOf([ahead]);
    whole([ID, NOTE]);
    whole([ID, NOTE]);
    expect(shapes.asked).toHaveLength(2);
    const id = { name: 'id', typeOid: 23, typeModifier: -1, isIdentity: true };
    expect(announced).toEqual([{ ...ahead.relation, columns: [id, ahead.relation.columns[1]] }]);
  });

  it('believes the row where the table is gone', () => {
    const { whole, announced } = bookOf([null]);
    whole([ID]);
    const id = { name: 'id', typeOid: 23, typeModifier: -1, isIdentity: false };
    expect(announced).toEqual([{ oid: 0, schema: 's', table: 'item', replicaIdentity: 'd', columns: [id] }]);
  });

  it('sees a change of the identity', () => {
    const moved = shapeOf('s', 'item', [
      ['id', 'integer'],
      ['note', 'text', 'key'],
    ]);
    const { whole, entry, shapes } = bookOf([ITEM, moved]);
    whole([ID, NOTE]);
    shapes.load('s', 'item');
    whole([ID, NOTE]);
    expect(entry.relation).toEqual(moved.relation);
  });

  it.each([
    ['a name', 'text', 25],
    ['clob, which rows call text', 'clob', 90],
  ])('reads the type of a column from %s', (_, catalogType, oid) => {
    const { whole, entry } = bookOf([shapeOf('s', 'item', [['note', catalogType]])]);
    whole([{ name: 'note', typeOid: 0, typeName: 'text' }]);
    expect(entry.relation!.columns).toEqual([{ name: 'note', typeOid: oid, typeModifier: 7, isIdentity: false }]);
  });
});

describe('relation book, old rows', () => {
  it('takes the shape from the catalog when an old row comes first', () => {
    const { part, entry, announced } = bookOf([ITEM]);
    expect(part([NOTE])).toEqual([1]);
    expect(part([NOTE, ID])).toEqual([1, 0]);
    expect(part([])).toEqual([]);
    expect(entry.relation).toBe(ITEM.relation);
    expect(announced).toHaveLength(1);
  });

  it('finds columns of the last whole row without the catalog', () => {
    const { whole, part, shapes } = bookOf([null]);
    whole([ID, NOTE]);
    const asked = shapes.asked.length;
    expect(part([NOTE])).toEqual([1]);
    expect(shapes.asked).toHaveLength(asked);
  });

  it('asks again when a column has another type now', () => {
    const wider = shapeOf('s', 'item', [
      ['id', 'bigint', 'key'],
      ['note', 'text'],
    ]);
    const { part, entry, announced } = bookOf([ITEM, wider]);
    part([ID]);
    expect(part([BIG_ID])).toEqual([0]);
    expect(entry.relation).toBe(wider.relation);
    expect(announced).toEqual([ITEM.relation, wider.relation]);
  });

  it.each([
    ['is gone', null],
    ['has other columns by now', shapeOf('s', 'item', [['renamed', 'text']])],
  ])('knows what the row holds when the table %s', (_, shape) => {
    const { part, entry, shapes } = bookOf([shape]);
    expect(part([NOTE, ID])).toEqual([0, 1]);
    expect(entry.relation!.columns.map(({ name }) => name)).toEqual(['note', 'id']);
    expect(shapes.asked).toHaveLength(2);
  });
});
