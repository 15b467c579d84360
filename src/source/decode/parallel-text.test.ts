import { describe, expect, it } from 'vitest';
import { FakeShapes, shapeOf } from '../../../test/support/fake-shapes.ts';
import { batchFrame, LineStream, TIME } from '../../../test/support/line-stream.ts';
import { createParallelTextDecoder } from './parallel-text.ts';
import type { TableShape } from './shapes.ts';

const BEGIN = `BEGIN CSN: 1 first_lsn: 0/10 xid: 7 commit_time: ${TIME}`;
const REFUSED = expect.objectContaining({ code: 'DECODE_FAILED' });

/** A stream with a transaction open; the catalog has these tables, of one column `id`. */
function stream(...tables: (readonly [schema: string, table: string])[]): LineStream {
  const shapes = new FakeShapes();
  const found = new Map<string, TableShape>(
    tables.map(([schema, table]) => [`${schema}|${table}`, shapeOf(schema, table, [['id', 'integer', 'key']])]),
  );
  const asked = new Set<string>();
  shapes.find = (schema, table) => {
    const name = `${schema}|${table}`;
    return asked.has(name) ? (found.get(name) ?? null) : undefined;
  };
  shapes.load = (schema, table) => asked.add(`${schema}|${table}`);
  return new LineStream((parts) => createParallelTextDecoder(parts, { batch: false }), shapes).tell(0x9n, BEGIN);
}

const tell = (...records: string[]) => stream().tell(0x9n, ...records).story;
const told = (...records: string[]) =>
  tell(...records).changes.map(({ op, before, beforeKind, after }) => [op, before, beforeKind, after]);

describe('parallel decoding, style text', () => {
  it('tells rows and old rows as far as they are sent', () => {
    const row = "id[integer]:2 v[text]:'b''s'";
    const changes = told(
      "table s t INSERT: id[integer]:1 v[text]:'one'",
      `table s t UPDATE: ${row}`,
      `table s t UPDATE: old-key: id[integer]:1 new-tuple: ${row}`,
      `table s t UPDATE: old-key: id[integer]:1 v[text]:null new-tuple: ${row}`,
      'table s t DELETE: id[integer]:2',
      `table s t DELETE: ${row}`,
      'table s t DELETE: (no-tuple-data)',
    );
    expect(changes).toEqual([
      ['c', null, 'none', ['1', 'one']],
      ['u', null, 'none', ['2', "b's"]],
      ['u', ['1', undefined], 'key', ['2', "b's"]],
      ['u', ['1', null], 'full', ['2', "b's"]],
      ['d', ['2', undefined], 'key', null],
      ['d', ['2', "b's"], 'full', null],
      ['d', null, 'none', null],
    ]);
  });

  it.each([
    ["a[text]:'new-tuple: b[text]:1 '", 'a', 'new-tuple: b[text]:1 '],
    ["a[integer[]]:'{1,2}'", 'a', '{1,2}'],
    ['a[timestamp without time zone]:null', 'a', null],
    ['a[cdc."we]:ird ""x"]:unchanged-toast-datum', 'a', undefined],
    ['"new-tuple: x"[boolean]:true', 'new-tuple: x', 't'],
    ['"q""[x]:"[bit varying]:B\'01\'', 'q"[x]:', '01'],
  ])('reads the column %s', (column, name, cell) => {
    const { events, changes } = tell(`table s t UPDATE: id[integer]:1 ${column} z[text]:''`);
    expect(events[1]).toMatchObject({ relation: { columns: [{ name: 'id' }, { name }, { name: 'z' }] } });
    expect(changes[0]?.after).toEqual(['1', cell, '']);
  });

  it('tells rows of a table that changes', () => {
    const records = ['a[text]:1', 'a[text]:1 b[text]:2', 'a[text]:3', 'a[integer]:4'];
    const { changes, kinds } = tell(...records.map((row) => `table s t INSERT: ${row}`));
    expect(changes.map(({ after }) => after)).toEqual([['1'], ['1', '2'], ['3'], ['4']]);
    expect(kinds.filter((kind) => kind === 'relation')).toHaveLength(4);
  });

  it.each([
    ['a b c', ['a b', 'c']],
    ['a b c', ['a', 'b c']],
    ['Sch.Em a Ta"ble', ['Sch.Em a', 'Ta"ble']],
    ['s INSERT x', ['s', 'INSERT x']],
  ] as const)('finds the table of "%s" in the catalog', (names, [schema, table]) => {
    const { story } = stream([schema, table]).tell(0x9n, `table ${names} INSERT: id[integer]:1`);
    expect(story.events[1]).toMatchObject({ kind: 'relation', relation: { schema, table } });
    expect(story.changes[0]).toMatchObject({ table, after: ['1'] });
  });

  it('does not take the begin of a name for the name', () => {
    const { story } = stream(['s', 't u'], ['s', 't']).tell(
      0x9n,
      'table s t INSERT: id[integer]:1',
      'table s t u INSERT: id[integer]:2',
    );
    expect(story.changes.map(({ table }) => table)).toEqual(['t', 't u']);
  });

  it.each([
    ['none', []],
    ['two', [['a b', 'c'] as const, ['a', 'b c'] as const]],
  ])('refuses a name with blanks that %s of the tables have', (_, tables) => {
    expect(() => stream(...tables).tell(0x9n, 'table a b c INSERT: id[integer]:1')).toThrow(REFUSED);
  });

  it.each([
    'table s INSERT: a[text]:1',
    'table s t UPSERT: a[text]:1',
    'table s t INSERT: (no-tuple-data)',
    'table s t INSERT:',
    'table s t INSERT: a[text]',
    'table s t INSERT: a[text:1',
    'table s t INSERT: a[text]:',
    "table s t INSERT: a[text]:'x",
    "table s t INSERT: a[text]:'x'y",
    "table s t INSERT: a[text]:'x'  b[text]:1",
    'table s t INSERT: a[text]:1 a[text]:2',
    'table s t INSERT: a[text]:1 new-tuple: a[text]:2',
    'table s t UPDATE: old-key: a[text]:1',
    'table s t UPDATE: old-key: b[text]:1 new-tuple: a[text]:1',
    'table s t DELETE: a[text]:1 ',
    '{"table_name":"s.t"}',
  ])('refuses %s', (record) => {
    expect(() => tell(record)).toThrow(REFUSED);
  });

  it('reads batches', () => {
    const batched = new LineStream((parts) => createParallelTextDecoder(parts, { batch: true }));
    const records = [
      [0x1n, BEGIN],
      [0x20n, 'table s t INSERT: a[text]:1'],
      [0x30n, 'commit xid: 7'],
    ] as const;
    const { story } = batched.tell(0x9n, batchFrame(records));
    expect(story.kinds).toEqual(['begin', 'relation', 'change', 'commit']);
    expect(story.changes[0]).toMatchObject({ after: ['1'], lsn: '0/20' });
  });
});
