import { describe, expect, it } from 'vitest';
import { type Cell, changeOf, type Story, tableOf } from '../../../test/support/envelope-harness.ts';
import { afterRow, cellPlan, jsonOf } from '../../../test/support/json-codec.ts';
import type { CellForm } from '../form.ts';
import type { RowPlan } from '../plan.ts';

const TABLE = tableOf({
  columns: [
    ['a', 25, 'text'],
    ['b', 23, 'integer'],
    ['c', 25, 'text'],
  ],
});
const TEXT: CellForm = { kind: 'text' };
const INTEGER: CellForm = { kind: 'integer', bits: 32 };
const A = cellPlan('a', 0, TEXT);
const B = cellPlan('b', 1, INTEGER);
const C = cellPlan('c', 2, TEXT);

function written(plan: RowPlan, story: Omit<Story, 'op'>): string {
  return jsonOf(plan, changeOf(TABLE, { op: 'u', ...story }));
}

const inserted = (plan: RowPlan, after: readonly Cell[]) => written(plan, { after });

describe('rows in JSON', () => {
  it('are objects of their cells in the order of the plan', () => {
    expect(inserted(afterRow([B, A]), ['x', '7', 'z'])).toBe('{"b":7,"a":"x"}');
    expect(inserted(afterRow([]), ['x', '7', 'z'])).toBe('{}');
  });

  it('leave out what was not sent, or write what stands for it', () => {
    const standing = cellPlan('c', 2, TEXT, { whenUnsent: '…' });
    expect(inserted(afterRow([A, B, standing]), [undefined, '7', undefined])).toBe('{"b":7,"c":"…"}');
    expect(inserted(afterRow([A]), [undefined, '7', 'z'])).toBe('{}');
  });

  it('write what stands for NULL', () => {
    const cells = [A, cellPlan('b', 1, INTEGER, { whenNull: -1 }), C];
    expect(inserted(afterRow(cells), [null, null, ''])).toBe('{"a":null,"b":-1,"c":""}');
  });

  it('write constants of any kind, and database text in the form of the cell', () => {
    const cells = [
      cellPlan('a', 0, TEXT, { whenNull: ['x', { y: false }] }),
      cellPlan('b', 1, INTEGER, { formedWhenNull: { kind: 'formed', form: INTEGER, text: '9007199254740993' } }),
      cellPlan('c', 2, TEXT, { formedWhenUnsent: { kind: 'formed', form: { kind: 'days' }, text: '1970-01-02' } }),
    ];
    expect(inserted(afterRow(cells), [null, null, undefined])).toBe(
      '{"a":["x",{"y":false}],"b":9007199254740993,"c":1}',
    );
  });

  it('have constants for columns the row does not hold', () => {
    const constant = cellPlan('x', -1, INTEGER, { whenNull: 0, whenUnsent: 0 });
    expect(inserted(afterRow([constant, A]), ['v', null, null])).toBe('{"x":0,"a":"v"}');
    expect(inserted(afterRow([cellPlan('x', -1, TEXT)]), ['v', null, null])).toBe('{"x":null}');
  });

  it('take what was not sent from the old row where they are told to', () => {
    const filled = afterRow([A, { ...C, fillFromBefore: true }]);
    expect(written(filled, { after: [undefined, '1', undefined], before: ['old', '1', 'old'] })).toBe('{"c":"old"}');
    expect(written(filled, { after: ['x', '1', undefined], before: ['x', '1', null] })).toBe('{"a":"x","c":null}');
    expect(written(filled, { after: ['x', '1', undefined] })).toBe('{"a":"x"}');
  });

  it('have further members behind their cells', () => {
    const members = [
      { name: 'op', value: { kind: 'constant', value: 'u' } },
      { name: 'id', value: { kind: 'number', field: 'event-number' } },
    ] as const;
    expect(inserted(afterRow([A], { members }), ['x', null, null])).toBe('{"a":"x","op":"u","id":1777000000000042}');
    expect(inserted(afterRow([A], { members }), [undefined, null, null])).toBe('{"op":"u","id":1777000000000042}');
  });

  it.each<[after: readonly Cell[], before: readonly Cell[], json: string]>([
    [['x', '1', 'z'], ['x', '1', 'z'], '{}'],
    [['x', '1', 'z'], ['y', '1', 'z'], '{"a":"y"}'],
    [['xx', '1', ''], ['x', '1', null], '{"a":"x","c":null}'],
    [[null, '1', null], ['', '2', null], '{"a":"","b":2}'],
    [[undefined, '1', 'z'], ['x', '1', undefined], '{}'],
  ])('keep only changed cells of %j, before %j, when told to', (after, before, json) => {
    const plan: RowPlan = { kind: 'row', row: 'before', cells: [A, B, C], onlyChanged: true };
    expect(written(plan, { after, before })).toBe(json);
  });

  it('refuse a change without the row', () => {
    const plan: RowPlan = { kind: 'row', row: 'before', cells: [A] };
    expect(() => written(plan, { after: ['x', '1', 'z'] })).toThrow(
      expect.objectContaining({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('no old row') }),
    );
  });
});
