import { describe, expect, it } from 'vitest';
import { FakeShapes, shapeOf } from '../../../test/support/fake-shapes.ts';
import { jsonChange, LineStream, type ListedRow, TIME, TIME_US } from '../../../test/support/line-stream.ts';
import { createSerialDecoder } from './mppdb-serial.ts';
import type { ShapeSource } from './shapes.ts';

const NOW_US = 1_800_000_000_000_000;
const ITEM = shapeOf('s', 'item', [
  ['id', 'integer', 'key'],
  ['note', 'text'],
]);
const BEGIN = 'BEGIN 700';
const COMMIT = `COMMIT 700 (at ${TIME}) CSN 1860`;
const REFUSED = expect.objectContaining({ code: 'DECODE_FAILED' });

const row = (id: string, note: string): ListedRow => [
  ['id', 'integer', id],
  ['note', 'text', note],
];
const key = (id: string): ListedRow => [['id', 'integer', id]];
const insert = (id: string, note = "'x'") => jsonChange('INSERT', 's.item', row(id, note), []);
const stream = (shapes: ShapeSource = new FakeShapes([ITEM])) =>
  new LineStream((parts) => createSerialDecoder({ ...parts, now: () => NOW_US }), shapes);
/** The story of one transaction. */
const tell = (...records: string[]) =>
  stream()
    .tell(0x10n, BEGIN)
    .tell(0x20n, ...records)
    .tell(0x30n, COMMIT).story;

describe('serial mppdb_decoding', () => {
  it('tells nothing of a transaction before its COMMIT, then all with the commit time', () => {
    const serial = stream().tell(0n, BEGIN).tell(0x20n, insert('1'));
    expect(serial.story.events).toEqual([]);
    expect([serial.decoder.hasRest, serial.decoder.isCollecting]).toEqual([false, true]);
    const { story } = serial.tell(0x1_0000_0030n, COMMIT);
    expect(serial.decoder.isCollecting).toBe(false);
    expect(story.kinds).toEqual(['begin', 'relation', 'change', 'commit']);
    expect(story.events[0]).toMatchObject({ transaction: { xid: 700, commitTimeUs: TIME_US, origin: null } });
    expect(story.changes[0]).toMatchObject({ op: 'c', lsn: '0/20', after: ['1', 'x'], before: null });
    expect(story.events.at(-1)).toMatchObject({ endLsn: '1/30' });
  });

  it.each([
    ['BEGIN', `COMMIT (at ${TIME}) CSN 1`, -1, null],
    ['BEGIN 4294967297 ORIGIN_ID 0', `COMMIT 4294967297 (at ${TIME}) CSN 1`, 4_294_967_297, null],
    ['BEGIN 7 ORIGIN_ID 3', `COMMIT 7 (at ${TIME}) CSN 1`, 7, '3'],
  ])('reads an empty transaction of %s', (begin, commit, xid, origin) => {
    const { story } = stream().tell(0x10n, begin, commit);
    expect(story.kinds).toEqual(['begin', 'commit']);
    expect(story.events[0]).toMatchObject({ transaction: { xid, origin } });
  });

  it('tells old rows as far as they are sent', () => {
    const story = tell(
      jsonChange('UPDATE', 's.item', row('1', "'b'"), key('1')),
      jsonChange('UPDATE', 's.item', row('2', "'c'"), row('1', "'b''s'")),
      jsonChange('UPDATE', 's.item', row('2', "'d'"), []),
      jsonChange('DELETE', 's.item', [], key('2')),
      jsonChange('DELETE', 's.item', [], row('2', 'null')),
      jsonChange('DELETE', 's.item', [], []),
    );
    expect(story.changes.map(({ op, before, beforeKind, after }) => [op, before, beforeKind, after])).toEqual([
      ['u', ['1', undefined], 'key', ['1', 'b']],
      ['u', ['1', "b's"], 'full', ['2', 'c']],
      ['u', null, 'none', ['2', 'd']],
      ['d', ['2', undefined], 'key', null],
      ['d', ['2', null], 'full', null],
      ['d', null, 'none', null],
    ]);
  });

  it('tells rows of tables and columns with quoted names, and of a table that changes', () => {
    const named = jsonChange('INSERT', '"S.1"."T""2"', [['"A b"', 'integer', '1']], []);
    const grown = jsonChange('INSERT', 's.item', [...row('2', "'y'"), ['more', 'text', 'null']], []);
    const { events, changes } = tell(insert('1'), named, grown, insert('3'));
    const relations = events.flatMap((event) => (event.kind === 'relation' ? [event.relation] : []));
    expect(relations.map(({ schema, table, columns }) => [schema, table, columns.map(({ name }) => name)])).toEqual([
      ['s', 'item', ['id', 'note']],
      ['S.1', 'T"2', ['A b']],
      ['s', 'item', ['id', 'note', 'more']],
      ['s', 'item', ['id', 'note']],
    ]);
    expect(changes.map(({ after }) => after)).toEqual([['1', 'x'], ['1'], ['2', 'y', null], ['3', 'x']]);
  });

  it('begins with the clock where a transaction is too large to hold', () => {
    const serial = stream().tell(0x10n, BEGIN);
    const long = insert('1', `'${'x'.repeat(1_048_576)}'`);
    serial.tell(0x20n, long, long, long);
    expect(serial.story.events).toEqual([]);
    serial.tell(0x20n, long);
    expect(serial.story.kinds).toEqual(['begin', 'relation', 'change', 'change', 'change', 'change']);
    expect(serial.story.events[0]).toMatchObject({ transaction: { xid: 700, commitTimeUs: NOW_US } });
    serial.tell(0x30n, insert('2')).tell(0x40n, COMMIT);
    expect(serial.story.kinds.slice(6)).toEqual(['change', 'commit']);
    // The next one is held again.
    expect(serial.tell(0x50n, BEGIN, insert('3')).story.kinds).toHaveLength(8);
  });

  it('keeps the rest of a transaction while the stream is held, and the commit behind the last change', () => {
    const serial = stream().tell(0x10n, BEGIN, insert('1'), insert('2'));
    serial.mayGoOn = false;
    serial.give(0x30n, COMMIT);
    // Asking the catalog holds the stream first, then the relation, then every change.
    expect(serial.story.kinds).toEqual(['begin']);
    const seen = [1, 2, 3, 4].map(() => {
      serial.decoder.goOn();
      return [serial.story.kinds.at(-1), serial.decoder.hasRest];
    });
    expect(seen).toEqual([
      ['relation', true],
      ['change', true],
      ['change', true],
      ['commit', false],
    ]);
  });

  it('reads a change again that its table was not ready for, also where nothing is held any more', () => {
    const serial = stream().tell(0x10n, BEGIN);
    serial.tell(0x20n, ...Array<string>(5).fill(insert('1', `'${'x'.repeat(1_048_576)}'`)));
    serial.mayGoOn = false;
    serial.give(0x30n, jsonChange('INSERT', 's.other', key('9'), []));
    const seen = [serial.decoder.hasRest];
    for (; serial.decoder.hasRest; seen.push(serial.decoder.hasRest)) serial.decoder.goOn();
    expect(seen).toEqual([true, true, true, false]);
    expect(serial.story.changes.at(-1)).toMatchObject({ table: 'other', after: ['9'], lsn: '0/30' });
  });

  it.each([
    ['table s.item: TRUNCATE:', ['item']],
    ['table s.item, "T.x"."a, ""b"": TRUNCATE:": TRUNCATE: restart_seqs cascade', ['item', 'a, "b": TRUNCATE:']],
    ['table s.item: TRUNCATE: cascade', ['item']],
  ])('tells %s', (record, tables) => {
    const { story } = stream(new FakeShapes([null])).tell(0x20n, BEGIN, record, COMMIT);
    expect(story.events[1]).toEqual({ kind: 'truncate', tables, lsn: '0/20' });
  });

  it('asks the catalog for a truncated table it has not seen, and tells one that is gone by its name', () => {
    const shapes = new FakeShapes([null]);
    const serial = stream(shapes).tell(0x10n, BEGIN, 'table s.gone: TRUNCATE: (no-flags)');
    serial.give(0x30n, COMMIT);
    expect([shapes.asked, serial.story.kinds]).toEqual([['s.gone'], ['begin']]);
    serial.decoder.goOn();
    expect(serial.story.kinds).toEqual(['begin', 'truncate', 'commit']);
    expect(serial.story.events[1]).toMatchObject({ tables: ['gone'] });
  });

  it.each([
    ['Drop table command start', 25, ''],
    ['{"fmt": "DROP, size: 3, content: x"}', 37, '\ndecode to: DROP table public.pg2 , [owner none]'],
  ])('tells DDL messages: %s', (content, size, more) => {
    const record = `prefix: deparse, lsn: 41589024, relid 24702, cmdtype: Drop Table, size: ${size}, content: ${content}${more}`;
    const message = { kind: 'message', prefix: 'deparse', content, transactional: true, lsn: '0/20' };
    expect(tell(record).events[1]).toEqual(message);
  });

  const change = insert('1');
  it.each([
    ['a change outside a transaction', [change]],
    ['a commit outside a transaction', [COMMIT]],
    ['a transaction within another', [BEGIN, BEGIN]],
    ['a commit of another transaction', [BEGIN, `COMMIT 701 (at ${TIME}) CSN 1`]],
    ['a commit without its time', [BEGIN, 'COMMIT 700 CSN 1']],
    ['a commit at no time', [BEGIN, 'COMMIT 700 (at yesterday) CSN 1']],
    ['an unknown line', [BEGIN, 'ABORT 700']],
    ['an empty record', [BEGIN, '']],
    ['an unknown operation', [BEGIN, change.replace('INSERT', 'UPSERT'), COMMIT]],
    ['a new row without columns', [BEGIN, jsonChange('INSERT', 's.item', [], []), COMMIT]],
    ['other types than names', [BEGIN, change.replace('"integer",', ''), COMMIT]],
    ['a column named twice', [BEGIN, change.replace('"note"', '"\\"id\\""'), COMMIT]],
    [
      'an old row of another shape',
      [BEGIN, jsonChange('UPDATE', 's.item', row('1', "''"), [['x', 'text', '1']]), COMMIT],
    ],
    ['an insert with an old row', [BEGIN, jsonChange('INSERT', 's.item', row('1', "''"), key('1')), COMMIT]],
    ['a table without a schema', [BEGIN, change.replace('s.item', 'item'), COMMIT]],
    ['keys in another order', [BEGIN, change.replace('columns_type', 'columns_kind'), COMMIT]],
    ['bytes behind the object', [BEGIN, `${change} `, COMMIT]],
    ['a truncate of nothing', [BEGIN, 'table : TRUNCATE: (no-flags)', COMMIT]],
    ['an unknown truncate', [BEGIN, 'table s.item: TRUNCATE: (slowly)', COMMIT]],
    ['a DDL message cut short', [BEGIN, 'prefix: p, lsn: 1, relid 2, cmdtype: T, size: 9, content: short', COMMIT]],
    ['a DDL message too long', [BEGIN, 'prefix: p, lsn: 1, relid 2, cmdtype: T, size: 2, content: long', COMMIT]],
  ])('refuses %s', (_, records) => {
    expect(() => stream().tell(0x20n, ...records)).toThrow(REFUSED);
  });

  it('refuses a commit without a position, with its LSN and bytes', () => {
    const serial = stream().tell(0n, BEGIN);
    const data = expect.objectContaining({ lsn: '0/0', hex: Buffer.from(COMMIT).toString('hex') });
    expect(() => serial.tell(0n, COMMIT)).toThrow(expect.objectContaining({ code: 'DECODE_FAILED', data }));
  });
});
