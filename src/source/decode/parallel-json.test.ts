import { describe, expect, it } from 'vitest';
import { FakeShapes, shapeOf } from '../../../test/support/fake-shapes.ts';
import { batchFrame, jsonChange, LineStream, TIME, TIME_US } from '../../../test/support/line-stream.ts';
import { createParallelJsonDecoder } from './parallel-json.ts';

const ITEM = shapeOf('s', 'item', [['id', 'integer', 'key']]);
const BEGIN = `BEGIN CSN: 1854 first_lsn: 1/282BCF8 xid: 700 commit_time: ${TIME}`;
const COMMIT = `commit xid: 700 (at ${TIME})`;
const insert = (id: string) => jsonChange('INSERT', 's.item', [['id', 'integer', id]], []);

const stream = (batch: boolean) =>
  new LineStream((parts) => createParallelJsonDecoder(parts, { batch }), new FakeShapes([ITEM]));
const TRANSACTION = [
  [0x10n, BEGIN],
  [0x20n, insert('1')],
  [0x30n, insert('2')],
  [0x1_0000_0040n, COMMIT],
] as const;

describe('parallel decoding, styles of lines', () => {
  it('takes from records without LSN the begin of their transaction and the byte behind the start of its end', () => {
    const { story, reached } = stream(false).tell(0x99n, BEGIN, insert('1')).tell(0x1_ffff_ffffn, COMMIT);
    expect(story.events[0]).toMatchObject({ transaction: { xid: 700, commitTimeUs: TIME_US, origin: null } });
    expect(story.changes[0]).toMatchObject({ table: 'item', after: ['1'], lsn: '1/282BCF8' });
    expect(story.events.at(-1)).toMatchObject({ kind: 'commit', endLsn: '2/0' });
    expect(reached).toEqual([['2/0', 3]]);
  });

  it('takes the positions of a batch from its records, and tells the end as reached before the commit', () => {
    const { story, reached } = stream(true).tell(0x99n, batchFrame(TRANSACTION));
    expect(story.kinds).toEqual(['begin', 'relation', 'change', 'change', 'commit']);
    expect(story.changes.map(({ lsn }) => lsn)).toEqual(['0/20', '0/30']);
    expect(story.events.at(-1)).toMatchObject({ endLsn: '1/40' });
    expect(reached).toEqual([['1/40', 4]]);
  });

  it('reads transactions that batches cut anywhere, and an empty batch', () => {
    const parallel = stream(true);
    for (let cut = 1; cut < TRANSACTION.length; cut++) {
      parallel.tell(0x99n, batchFrame(TRANSACTION.slice(0, cut)), batchFrame([]), batchFrame(TRANSACTION.slice(cut)));
    }
    expect(parallel.story.changes).toHaveLength(6);
    expect(parallel.reached).toHaveLength(3);
  });

  it('keeps the rest of a batch while the stream is held, but not its end mark', () => {
    const parallel = stream(true);
    parallel.mayGoOn = false;
    parallel.give(0x99n, batchFrame(TRANSACTION));
    const seen = [[...parallel.story.kinds]];
    for (; parallel.decoder.hasRest; seen.push([...parallel.story.kinds])) parallel.decoder.goOn();
    expect(seen.map((kinds) => kinds.at(-1))).toEqual([
      'begin',
      // The catalog is asked.
      'begin',
      'relation',
      'change',
      'change',
      'commit',
    ]);
  });

  it.each([
    [`BEGIN CSN: 1 first_lsn: 0/10 commit_time: ${TIME}`, 'commit', -1, null],
    // Servers before 6.0 tell the xid at the end only.
    [`BEGIN CSN: 1 first_lsn: 0/10 commit_time: ${TIME} origin_id: 4`, `commit xid: 8 (at ${TIME})`, -1, '4'],
    [`BEGIN CSN: 1 first_lsn: 0/10 xid: 8 commit_time: ${TIME} origin_id: 0`, 'COMMIT XID: 8', 8, null],
  ])('reads %s', (begin, commit, xid, origin) => {
    const { story } = stream(false).tell(0x99n, begin, commit);
    expect(story.kinds).toEqual(['begin', 'commit']);
    expect(story.events[0]).toMatchObject({ transaction: { xid, origin } });
  });

  it.each([
    ['a begin without commit time', [BEGIN.replace(/ commit_time.*/, '')]],
    ['a begin without LSN', [BEGIN.replace(/ first_lsn: \S+/, '')]],
    ['a begin within a transaction', [BEGIN, BEGIN]],
    ['a change outside a transaction', [insert('1')]],
    ['a commit outside a transaction', [COMMIT]],
    ['a commit of another transaction', [BEGIN, 'commit xid: 701']],
    ['an unknown line', [BEGIN, 'table s item INSERT: id[integer]:1']],
    ['an empty record', [BEGIN, '']],
    ['bytes behind a line', [BEGIN, `${COMMIT}\0`]],
  ])('refuses %s', (_, records) => {
    expect(() => stream(false).tell(0x99n, ...records)).toThrow(expect.objectContaining({ code: 'DECODE_FAILED' }));
  });

  it.each([0n, 0xffff_ffff_ffff_ffffn])('refuses a commit at %i', (lsn) => {
    const parallel = stream(false).tell(0x99n, BEGIN);
    expect(() => parallel.tell(lsn, COMMIT)).toThrow(expect.objectContaining({ code: 'DECODE_FAILED' }));
  });

  const batch = batchFrame(TRANSACTION);
  it.each([
    ['a batch without its end', batchFrame(TRANSACTION, false)],
    ['a batch cut short', batch.subarray(0, batch.length - 20)],
    ['bytes behind the end of a batch', Buffer.concat([batch, Buffer.alloc(1)])],
    ['a record too short for its LSN', Buffer.from([0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['an empty frame', Buffer.alloc(0)],
  ])('refuses %s', (_, frame) => {
    expect(() => stream(true).tell(0x99n, frame)).toThrow(expect.objectContaining({ code: 'DECODE_FAILED' }));
  });
});
