import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../domain/byte-writer.ts';
import { CELL_NULL, CELL_UNCHANGED, type RowView } from '../domain/cell.ts';
import type { Change, RowOp } from '../domain/change.ts';
import type { TableDescription } from '../domain/relation.ts';
import { compileKey, compileStringKey } from './record-key.ts';

const COLUMNS = ['value', 'id "x"', 'line'];
const RELATION = {
  oid: 1,
  schema: 'public',
  table: 'lines',
  replicaIdentity: 'd',
  columns: COLUMNS.map((name) => ({ name, typeOid: 25, typeModifier: -1, isIdentity: true })),
} as const;
const describeTable = (keyColumns: readonly number[]): TableDescription => ({
  relation: RELATION,
  keyColumns,
  identityColumns: keyColumns,
  typeNames: [],
  baseTypeOids: [],
  typeCategories: [],
  facts: [],
  uniqueIndexes: [],
});

type Cells = readonly (string | null | undefined)[];

function rowOf(cells: Cells | null): RowView | null {
  if (cells === null) return null;
  const bytes = cells.map((cell) => Buffer.from(cell ?? ''));
  const offset = Int32Array.from(bytes, (_, i) => Buffer.concat(bytes.slice(0, i)).length);
  const length = Int32Array.from(cells, (cell, i) => {
    if (cell === undefined) return CELL_UNCHANGED;
    return cell === null ? CELL_NULL : bytes[i]!.length;
  });
  return { bytes: Buffer.concat(bytes), offset, length };
}

function keyOf(
  op: RowOp,
  rows: { after?: Cells; before?: Cells },
  keyRow: 'after' | 'before',
  keyColumns = [2, 1],
  compile = compileKey,
) {
  const change: Change = {
    op,
    relation: RELATION,
    after: rowOf(rows.after ?? null),
    before: rowOf(rows.before ?? null),
    beforeKind: rows.before ? 'key' : 'none',
    lsnHigh: 0,
    lsnLow: 0,
    eventNumber: 1,
  };
  const out = new ByteWriter(1);
  const written = compile(describeTable(keyColumns)).write(change, keyRow, out);
  return written ? out.bytes.toString('utf8', 0, out.position) : null;
}

describe('compileKey', () => {
  it('writes the key columns in key order as JSON strings', () => {
    expect(keyOf('c', { after: ['v', '7', '2'] }, 'after')).toBe('{"line":"2","id \\"x\\"":"7"}');
    expect(keyOf('c', { after: ['v', '7', '2'] }, 'after', [1])).toBe('{"id \\"x\\"":"7"}');
  });

  it('escapes as JSON.stringify does', () => {
    const nasty = 'a"b\\c\n\u0001é😀'.repeat(50);
    expect(keyOf('c', { after: ['v', '', nasty] }, 'after', [2])).toBe(JSON.stringify({ line: nasty }));
  });

  it('writes nothing without a primary key', () => {
    expect(keyOf('c', { after: ['v', '7', '2'] }, 'after', [])).toBeNull();
    expect(compileKey(describeTable([])).hasKey).toBe(false);
    expect(compileKey(describeTable([0])).hasKey).toBe(true);
  });

  it('takes the row it is asked for', () => {
    const rows = { after: ['v', '8', '2'], before: [null, '7', '2'] };
    expect(keyOf('u', rows, 'after', [1])).toBe('{"id \\"x\\"":"8"}');
    expect(keyOf('u', rows, 'before', [1])).toBe('{"id \\"x\\"":"7"}');
    expect(keyOf('d', { before: [null, '7', '2'] }, 'before', [1])).toBe('{"id \\"x\\"":"7"}');
  });

  it('takes an unchanged cell from the old row', () => {
    expect(keyOf('u', { after: ['v', undefined, '2'], before: [null, '7', '1'] }, 'after')).toBe(
      '{"line":"2","id \\"x\\"":"7"}',
    );
  });

  it('has the same key before and after an update without old row', () => {
    expect(keyOf('u', { after: ['v', '7', '2'] }, 'before', [1])).toBe('{"id \\"x\\"":"7"}');
  });

  it.each([
    ['unchanged without old row', 'u', { after: ['v', undefined, '2'] }, 'after'],
    ['not part of the old row', 'd', { before: ['v', null, '2'] }, 'before'],
    ['of a row that was not sent', 'd', {}, 'before'],
  ] as const)('refuses a key cell %s', (_, op, rows, keyRow) => {
    expect(() => keyOf(op, rows, keyRow)).toThrow(
      expect.objectContaining({
        code: 'KEY_UNAVAILABLE',
        data: { schema: 'public', table: 'lines', column: expect.any(String) },
      }),
    );
  });
});

describe('compileStringKey', () => {
  const stringKeyOf = (...[op, rows, keyRow, keyColumns]: Parameters<typeof keyOf>) =>
    keyOf(op, rows, keyRow, keyColumns, compileStringKey);

  it('joins the values of the key columns in key order, as they are', () => {
    expect(stringKeyOf('c', { after: ['v', '7', '2'] }, 'after')).toBe('2|7');
    expect(stringKeyOf('c', { after: ['v', '"7|\n', 'é😀'.repeat(40)] }, 'after')).toBe(`${'é😀'.repeat(40)}|"7|\n`);
    expect(stringKeyOf('c', { after: ['v', '', '2'] }, 'after', [1])).toBe('');
  });

  it('takes the row it is asked for, and a cell that was not sent from the old one', () => {
    const rows = { after: ['v', undefined, '3'], before: [null, '7', '2'] };
    expect(stringKeyOf('u', rows, 'after')).toBe('3|7');
    expect(stringKeyOf('u', rows, 'before')).toBe('2|7');
  });

  it('is null without a primary key, and refuses a cell that was not sent', () => {
    expect(stringKeyOf('c', { after: ['v', '7', '2'] }, 'after', [])).toBeNull();
    expect(() => stringKeyOf('d', { before: ['v', null, '2'] }, 'before')).toThrow(
      expect.objectContaining({ code: 'KEY_UNAVAILABLE' }),
    );
  });
});
