import { describe, expect, it } from 'vitest';
import { Story } from '../../../test/support/story.ts';
import { WalBuilder, type WalFrame, type WalRelation } from '../../../test/support/wal-builder.ts';
import type { RowView } from '../../domain/cell.ts';
import { CdcError } from '../../domain/errors.ts';
import type { Relation } from '../../domain/relation.ts';
import { createPgoutputDecoder } from './pgoutput.ts';

const TABLE: WalRelation = {
  oid: 16_384,
  table: 'item',
  columns: [{ name: 'id', typeOid: 20, flags: 1 }, { name: 'name' }, { name: 'note', typeModifier: 14 }],
};

function decode(frames: readonly WalFrame[], story = new Story()): Story {
  const decoder = createPgoutputDecoder(story);
  for (const { lsn, payload } of frames) {
    decoder.frame(payload, 0, payload.length, Number(lsn >> 32n), Number(lsn & 0xffff_ffffn));
  }
  return story;
}

function failure(frames: readonly WalFrame[]): CdcError {
  try {
    decode(frames);
  } catch (error) {
    if (error instanceof CdcError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const open = () => new WalBuilder().begin().relation(TABLE);

describe('pgoutput decoder', () => {
  it('tells the changes of a transaction with their cells, in order', () => {
    const wal = new WalBuilder(0x5_0000_0000n)
      .begin({ xid: 4_000_000_000, commitTimeUs: 1_795_250_762_048_070n })
      .relation(TABLE)
      .insert(16_384, ['1', 'größe', null])
      .update(16_384, ['1', '', undefined])
      .update(16_384, ['2', 'b', 'n'], { kind: 'K', cells: ['1', null, null] })
      .update(16_384, ['2', 'c', 'n'], { kind: 'O', cells: ['2', 'b', 'n'] })
      .delete(16_384, 'K', ['2', null, null])
      .delete(16_384, 'O', ['3', 'x', 'y'])
      .commit();
    const story = decode(wal.frames);
    expect(story.events[0]).toEqual({
      kind: 'begin',
      transaction: { xid: 4_000_000_000, commitTimeUs: 1_795_250_762_048_070, origin: null, previousLsn: null },
    });
    const told = story.changes.map(({ op, before, beforeKind, after }) => [op, before, beforeKind, after]);
    expect(told).toEqual([
      ['c', null, 'none', ['1', 'größe', null]],
      ['u', null, 'none', ['1', '', undefined]],
      ['u', ['1', null, null], 'key', ['2', 'b', 'n']],
      ['u', ['2', 'b', 'n'], 'full', ['2', 'c', 'n']],
      ['d', ['2', null, null], 'key', null],
      ['d', ['3', 'x', 'y'], 'full', null],
    ]);
    expect(story.changes.map((change) => change.lsn)).toEqual(['5/40', '5/80', '5/C0', '5/100', '5/140', '5/180']);
    expect(story.events.at(-1)).toEqual({ kind: 'commit', endLsn: '5/1C0', origin: null });
  });

  it('describes a relation as announced', () => {
    const story = decode(new WalBuilder().begin().relation({ ...TABLE, schema: '', identity: 'f' }).frames);
    expect(story.events[1]).toEqual({
      kind: 'relation',
      relation: {
        oid: 16_384,
        schema: 'pg_catalog',
        table: 'item',
        replicaIdentity: 'f',
        columns: [
          { name: 'id', typeOid: 20, typeModifier: -1, isIdentity: true },
          { name: 'name', typeOid: 25, typeModifier: -1, isIdentity: false },
          { name: 'note', typeOid: 25, typeModifier: 14, isIdentity: false },
        ],
      },
    });
  });

  it('makes a new relation of each announcement: what only the catalog tells may have changed', () => {
    const seen: Relation[] = [];
    const story = new Story();
    story.change = (change) => seen.push(change.relation);
    const row = ['1', 'a', 'b'];
    decode(open().insert(16_384, row).insert(16_384, row).relation(TABLE).insert(16_384, row).frames, story);
    expect(story.kinds).toEqual(['begin', 'relation', 'relation']);
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).not.toBe(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  const [id, name, note] = TABLE.columns as [never, never, never];
  it.each<[string, Partial<WalRelation>]>([
    ['table', { table: 'item2' }],
    ['schema', { schema: 'other' }],
    ['identity', { identity: 'f' }],
    ['column name', { columns: [id, { name: 'title' }, note] }],
    ['column type', { columns: [id, { name: 'name', typeOid: 1043 }, note] }],
    ['type modifier', { columns: [id, name, { name: 'note', typeModifier: 15 }] }],
    ['key flag', { columns: [id, { name: 'name', flags: 1 }, note] }],
    ['column count', { columns: [id, name, note, { name: 'more' }] }],
  ])('makes a new relation object when the %s differs', (_what, difference) => {
    const story = decode(open().relation({ ...TABLE, ...difference }).frames);
    const relations = story.events.filter((event) => event.kind === 'relation').map((event) => event.relation);
    expect(relations).toHaveLength(2);
    expect(relations[1]).not.toEqual(relations[0]);
  });

  it('reuses the change and its rows, as views into the received bytes', () => {
    const changes = new Set<object>();
    const rows = new Set<RowView>();
    const story = new Story();
    story.change = (change) => {
      changes.add(change);
      rows.add(change.after!);
      expect(change.after!.bytes).toBe(chunk);
    };
    const decoder = createPgoutputDecoder(story);
    const { frames } = open().insert(16_384, ['1', 'a', 'b']).insert(16_384, ['2', 'a', 'b']);
    const chunk = Buffer.concat(frames.map((frame) => frame.payload));
    let at = 0;
    for (const { payload } of frames) {
      decoder.frame(chunk, at, at + payload.length, 0, 1);
      at += payload.length;
    }
    expect([changes.size, rows.size]).toEqual([1, 1]);
  });

  it('takes a table of 1,600 columns', () => {
    const columns = Array.from({ length: 1600 }, (_, i) => ({ name: `c${i}` }));
    const cells = columns.map((column) => column.name);
    const story = decode(new WalBuilder().begin().relation({ oid: 1, table: 'wide', columns }).insert(1, cells).frames);
    expect(story.changes[0]?.after).toEqual(cells);
  });

  it('completes the transaction with its origin', () => {
    const story = decode(new WalBuilder().begin().origin('node_b').commit().begin().commit().frames);
    expect(story.events.filter((event) => event.kind === 'commit').map((event) => event.origin)).toEqual([
      'node_b',
      null,
    ]);
  });

  it('tells truncates, types and messages', () => {
    const other = { ...TABLE, oid: 16_385, table: 'part' };
    const wal = new WalBuilder(0x100n)
      .message('free', 'now', false)
      .begin()
      .relation(TABLE)
      .relation(other)
      .type(99, 'mood')
      .truncate([16_384, 16_385], 3)
      .message('bound', '', true)
      .commit();
    const { events } = decode(wal.frames);
    expect(events.filter((event) => event.kind === 'truncate' || event.kind === 'message')).toEqual([
      { kind: 'message', prefix: 'free', content: 'now', transactional: false, lsn: '0/100' },
      { kind: 'truncate', tables: ['item', 'part'], lsn: '0/180' },
      { kind: 'message', prefix: 'bound', content: '', transactional: true, lsn: '0/180' },
    ]);
  });

  it('reads nothing behind the end of its frame', () => {
    const [begin, relation, insert] = open()
      .insert(16_384, ['1', 'a', 'b'])
      .frames.map((frame) => frame.payload);
    const decoder = createPgoutputDecoder(new Story());
    decoder.frame(begin!, 0, begin!.length, 0, 1);
    decoder.frame(relation!, 0, relation!.length, 0, 1);
    for (let end = 0; end < insert!.length; end++) {
      expect(() => decoder.frame(insert!, 0, end, 0, 1)).toThrow(CdcError);
    }
    for (let end = 0; end < relation!.length; end++) {
      expect(() => decoder.frame(relation!, 0, end, 0, 1)).toThrow(CdcError);
    }
  });

  it('names LSN, reason and the first 64 bytes when it fails', () => {
    const payload = Buffer.concat([Buffer.from('?'), Buffer.alloc(100, 1)]);
    const error = failure(new WalBuilder(0x2_0000_00abn).raw(payload).frames);
    expect(error.code).toBe('DECODE_FAILED');
    expect(error.data).toEqual({
      lsn: '2/AB',
      hex: payload.toString('hex', 0, 64),
      reason: expect.stringContaining('tag'),
    });
  });

  const bytes = (text: string) => Buffer.from(text, 'latin1');
  const insertHead = 'I\0\0\x40\0N\0\x03';
  it.each<[string, WalBuilder]>([
    ['a change outside a transaction', new WalBuilder().relation(TABLE).insert(16_384, ['1', 'a', 'b'])],
    ['a truncate outside a transaction', new WalBuilder().relation(TABLE).truncate([16_384])],
    ['a change of a relation that was not announced', open().insert(1, ['1'])],
    ['a truncate of a relation that was not announced', open().truncate([16_384, 5])],
    ['too few columns', open().insert(16_384, ['1', 'a'])],
    ['too many columns', open().insert(16_384, ['1', 'a', 'b', 'c'])],
    ['a binary column', open().raw(bytes(`${insertHead}b\0\0\0\x01xnn`))],
    ['an unknown column kind', open().raw(bytes(`${insertHead}xnn`))],
    ['a negative column length', open().raw(bytes(`${insertHead}t\xff\xff\xff\xffnn`))],
    ['a column longer than the frame', open().raw(bytes(`${insertHead}t\x7f\xff\xff\xffnn`))],
    ['trailing bytes', open().raw(bytes(`${insertHead}nnnn`))],
    ['an unknown row tag', open().raw(bytes('I\0\0\x40\0K\0\x03nnn'))],
    ['a delete with a new row', open().raw(bytes('D\0\0\x40\0N\0\x03nnn'))],
    ['an empty frame', open().raw(bytes(''))],
    ['a streamed transaction', open().raw(bytes('S\0\0\0\x01\x01'))],
    ['a transaction within another', open().begin()],
    ['a commit without a transaction', new WalBuilder().commit()],
    ['an origin without a transaction', new WalBuilder().origin('x')],
    ['a transactional message outside a transaction', new WalBuilder().message('p', 'c', true)],
    ['a string without an end', open().raw(bytes('Y\0\0\0\x01abc'))],
    ['an unknown replica identity', new WalBuilder().relation({ ...TABLE, identity: 'x' as 'd' })],
    ['unknown column flags', new WalBuilder().relation({ ...TABLE, columns: [{ name: 'a', flags: 2 }] })],
    ['a truncate with a wrong count', open().raw(bytes('T\x40\0\0\0\0\0\0\x40\0'))],
  ])('refuses %s', (_what, wal) => {
    const error = failure(wal.frames);
    expect([error.code, Object.keys(error.data)]).toEqual(['DECODE_FAILED', ['lsn', 'hex', 'reason']]);
  });
});
