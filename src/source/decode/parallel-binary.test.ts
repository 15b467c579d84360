import { describe, expect, it } from 'vitest';
import {
  BINARY_TIME_US,
  type BinaryCell,
  beginRecord,
  binaryFrame,
  changeRecord,
  commitRecord,
  originField,
  TIME_FIELD,
  textField,
  xidField,
} from '../../../test/support/binary-records.ts';
import { FakeShapes, shapeOf } from '../../../test/support/fake-shapes.ts';
import { Story } from '../../../test/support/story.ts';
import { CdcError } from '../../domain/errors.ts';
import { formatLsn, type Lsn } from '../../domain/lsn.ts';
import { createParallelBinaryDecoder } from './parallel-binary.ts';

const ITEM = shapeOf('s', 'item', [
  ['id', 'integer', 'key'],
  ['note', 'text'],
]);
const PADDING = Buffer.alloc(5, 'P');

const row = (id: string, note: string | null): BinaryCell[] => [
  ['id', id],
  ['note', note, 25],
];
const key = (id: string): BinaryCell[] => [['id', id]];
const insert = changeRecord('I', 0x20n, 'item', row('1', 'one'));
/** Within a transaction. */
const within = (...records: Buffer[]) => binaryFrame([beginRecord(), ...records]);

/** A decoder and its story. `reached`: positions, each with the number of events told before it. */
function decoderOf({ shapes = new FakeShapes([ITEM]), mayGoOn = (): boolean => true } = {}) {
  const story = new Story();
  const reached: [string, number][] = [];
  const control = { mayGoOn, reached: (lsn: Lsn) => reached.push([formatLsn(lsn), story.events.length]) };
  const decoder = createParallelBinaryDecoder({ handler: story, control, shapes });
  /** Hands over a frame in the middle of a chunk, under a header LSN that means nothing. */
  const start = (payload: Buffer) => {
    const chunk = Buffer.concat([PADDING, payload, PADDING]);
    decoder.frame(chunk, PADDING.length, PADDING.length + payload.length, 7, 7);
    return chunk;
  };
  const feed = (payload: Buffer) => {
    start(payload);
    for (let turn = 0; decoder.hasRest && turn < 100; turn++) decoder.goOn();
    expect(decoder.hasRest).toBe(false);
  };
  return { story, decoder, reached, shapes, start, feed };
}

function tell(payload: Buffer, shapes = new FakeShapes([ITEM])): Story {
  const { story, feed } = decoderOf({ shapes });
  feed(payload);
  return story;
}

function failure(payload: Buffer): CdcError {
  try {
    tell(payload);
  } catch (error) {
    if (error instanceof CdcError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parallel binary decoder', () => {
  it('tells a transaction with its positions, and reaches its end before it commits', () => {
    const { story, reached, feed } = decoderOf();
    feed(within(insert, commitRecord(0x1_0000_0050n)));
    expect(story.kinds).toEqual(['begin', 'relation', 'change', 'commit']);
    expect(story.events[0]).toEqual({
      kind: 'begin',
      transaction: { xid: 700, commitTimeUs: BINARY_TIME_US, origin: null, previousLsn: null },
    });
    expect(story.changes[0]).toMatchObject({ op: 'c', table: 'item', after: ['1', 'one'], before: null, lsn: '0/20' });
    expect(story.events[3]).toEqual({ kind: 'commit', endLsn: '1/50', origin: null });
    expect(reached).toEqual([['1/50', 3]]);
  });

  it.each<[string, Buffer, unknown]>([
    ['a new row', changeRecord('U', 1n, 'item', row('1', '')), ['u', null, 'none', ['1', '']]],
    ['the key', changeRecord('U', 1n, 'item', row('2', null), key('1')), ['u', ['1', undefined], 'key', ['2', null]]],
    ['all of the old row', changeRecord('D', 1n, 'item', undefined, row('1', null)), ['d', ['1', null], 'full', null]],
    ['the old key', changeRecord('D', 1n, 'item', undefined, key('1')), ['d', ['1', undefined], 'key', null]],
    ['an old row without columns', changeRecord('D', 1n, 'item', undefined, []), ['d', null, 'none', null]],
    ['nothing', changeRecord('D', 1n, 'item'), ['d', null, 'none', null]],
  ])('tells a change of which %s was sent', (_, record, expected) => {
    // Twice: by what the row says of itself, and by what is known from the first time.
    const { changes } = tell(within(record, record));
    const seen = changes.map(({ op, before, beforeKind, after }) => [op, before, beforeKind, after]);
    expect(seen).toEqual([expected, expected]);
  });

  it.each([
    ['F', 'F'],
    ['P and a length of 0', 'P\0\0\0\0'],
    ['P', 'P'],
    ['nothing', ''],
  ])('ends a frame with %s', (_, end) => {
    expect(tell(binaryFrame([beginRecord(), insert, commitRecord(1n)], end)).kinds).toHaveLength(4);
    expect(tell(binaryFrame([beginRecord()], end)).kinds).toEqual(['begin']);
  });

  it('reads a frame that holds no record', () => {
    expect(tell(Buffer.alloc(4)).events).toEqual([]);
  });

  it.each<[string, Buffer[], object]>([
    ['without an xid', [TIME_FIELD], { xid: -1, origin: null }],
    ['of a replication origin', [TIME_FIELD, originField(3)], { xid: -1, origin: '3' }],
    [
      'of a local user',
      [xidField(2n ** 53n - 1n), originField(0), textField('N', 'ann'), TIME_FIELD],
      { origin: null },
    ],
  ])('tells a transaction %s', (_, fields, transaction) => {
    // The commit of old servers has the xid that their begin has not.
    const commit = commitRecord(1n, fields[0] === TIME_FIELD ? undefined : [fields[0]!]);
    const { events } = tell(binaryFrame([beginRecord(fields), commit]));
    expect(events[0]).toMatchObject({ kind: 'begin', transaction: { commitTimeUs: BINARY_TIME_US, ...transaction } });
    expect(events).toHaveLength(2);
  });

  it('tells tables apart and announces each once', () => {
    const other = changeRecord('I', 1n, 'other', [['"Id"', '2']]);
    const { changes, events } = tell(within(insert, other, insert, other));
    expect(changes.map(({ table, after }) => [table, after?.[0]])).toEqual([
      ['item', '1'],
      ['other', '2'],
      ['item', '1'],
      ['other', '2'],
    ]);
    const relations = events.flatMap((event) => (event.kind === 'relation' ? [event.relation] : []));
    expect(relations.map(({ columns }) => columns.map(({ name }) => name))).toEqual([['id', 'note'], ['Id']]);
  });

  it('announces a shape that changed, and goes back to the one before', () => {
    const wide = changeRecord('I', 1n, 'item', [...row('2', 'two'), ['extra', 'x', 25]]);
    const bigger = changeRecord('D', 1n, 'item', undefined, [['id', '3', 20]]);
    const { kinds, changes } = tell(within(insert, wide, wide, insert, bigger));
    expect(kinds.join(' ')).toBe('begin relation change relation change change relation change relation change');
    expect(changes.map(({ after, before }) => after ?? before)).toEqual([
      ['1', 'one'],
      ['2', 'two', 'x'],
      ['2', 'two', 'x'],
      ['1', 'one'],
      ['3'],
    ]);
  });
});

describe('parallel binary decoder, held', () => {
  it('keeps the rest of a frame after each record while the stream is held', () => {
    const { story, decoder, start } = decoderOf({ mayGoOn: () => false });
    start(within(insert, insert, commitRecord(1n)));
    const counts = [story.events.length];
    while (decoder.hasRest) {
      decoder.goOn();
      counts.push(story.events.length);
    }
    // The first insert takes two turns more: for the catalog's answer, and for the relation.
    expect(counts).toEqual([1, 1, 2, 3, 4, 5]);
    decoder.goOn();
    expect(story.kinds).toEqual(['begin', 'relation', 'change', 'change', 'commit']);
  });

  it('hands over views into the chunk it was given, also of the rest', () => {
    const { story, decoder, start } = decoderOf();
    const rows: unknown[] = [];
    story.change = ({ after, before }) => rows.push(after!.bytes, before!.bytes);
    const chunk = start(within(changeRecord('U', 1n, 'item', row('1', 'a'), key('1'))));
    expect(decoder.hasRest).toBe(true);
    decoder.goOn();
    expect(rows.map((bytes) => bytes === chunk)).toEqual([true, true]);
  });
});

describe('parallel binary decoder, refusals', () => {
  const cases: [string, Buffer, RegExp][] = [
    ['an empty frame', Buffer.alloc(0), /too short/],
    ['an unknown type', binaryFrame([Buffer.concat([Buffer.alloc(8), Buffer.from('Z')])]), /unknown record type 90/],
    ['a record that is too long', within(insert).subarray(0, -2), /does not fit into the frame/],
    ['a record without a type', binaryFrame([Buffer.alloc(8)]), /too short/],
    ['an unknown mark', binaryFrame([beginRecord()], 'X'), /unknown mark 88/],
    ['bytes behind the last record', binaryFrame([beginRecord()], 'F!'), /1 bytes too many/],
    ['bytes behind a length of 0', binaryFrame([beginRecord()], 'P\0\0\0\0!'), /1 bytes too many/],
    ['half a length', binaryFrame([beginRecord()], 'P\0\0'), /too short/],
    ['a change outside a transaction', binaryFrame([insert]), /change outside a transaction/],
    ['a commit outside a transaction', binaryFrame([commitRecord(1n)]), /commit outside a transaction/],
    ['a begin within a transaction', within(beginRecord()), /begins within another/],
    ['a commit of another transaction', within(commitRecord(1n, [xidField(701n)])), /commit of 701 in transaction 700/],
    ['a commit without a position', within(commitRecord(0n)), /without a position/],
    ['no commit time', binaryFrame([beginRecord([xidField(1n)])]), /without its commit time/],
    ['a strange commit time', binaryFrame([beginRecord([textField('T', 'now')])]), /"now" is no commit time/],
    ['an xid too large', binaryFrame([beginRecord([xidField(2n ** 53n), TIME_FIELD])]), /beyond 2\^53/],
    ['an unknown field', binaryFrame([beginRecord([TIME_FIELD, Buffer.from('Q')])]), /unexpected field 81/],
    ['a field twice', binaryFrame([beginRecord([TIME_FIELD, TIME_FIELD])]), /unexpected field 84/],
    ['a user in a commit', within(commitRecord(1n, [xidField(700n), textField('N', 'ann')])), /unexpected field 78/],
    ['an insert without a row', within(changeRecord('I', 1n, 'item')), /row-compressed/],
    ['an insert without columns', within(changeRecord('I', 1n, 'item', [])), /row-compressed/],
    ['an insert of an old row', within(changeRecord('I', 1n, 'item', undefined, key('1'))), /no new row/],
    ['a delete of a new row', within(changeRecord('D', 1n, 'item', key('1'))), /unknown kind 78 of row/],
    ['an insert with two rows', within(changeRecord('I', 1n, 'item', row('1', 'a'), key('1'))), /bytes too many/],
    ['bytes behind a row', within(Buffer.concat([insert, Buffer.from('?')])), /1 bytes too many/],
    ['a value too long', within(insert.subarray(0, -1)), /too short/],
    ['a column twice', within(changeRecord('I', 1n, 'item', [...key('1'), ...key('2')])), /names a column twice/],
    [
      'an old row that does not belong to the new one',
      within(changeRecord('U', 1n, 'item', row('1', 'a'), [['gone', '1']])),
      /columns that the new one has not/,
    ],
  ];

  it.each(cases)('refuses %s', (_, payload, reason) => {
    const { code, data } = failure(payload);
    expect(code).toBe('DECODE_FAILED');
    expect(data.reason).toMatch(reason);
  });

  it('tells the position of the record and how it begins', () => {
    const record = changeRecord('I', 0x2_0000_0020n, 'item');
    expect(failure(within(record)).data).toMatchObject({ lsn: '2/20', hex: record.toString('hex') });
  });
});
