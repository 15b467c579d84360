import { describe, expect, it } from 'vitest';
import { ByteSink } from '../../../test/support/byte-sink.ts';
import { Story } from '../../../test/support/story.ts';
import { WalBuilder } from '../../../test/support/wal-builder.ts';
import { createOpenGaussPgoutputDecoder, createPgoutputDecoder } from './pgoutput.ts';

const TABLE = { oid: 7, table: 'item', columns: [{ name: 'id', flags: 1 }, { name: 'note' }] };
const REFUSED = expect.objectContaining({ code: 'DECODE_FAILED' });

const begin = (xid: bigint, time = 0n) => new ByteSink().tag('B').int64(9n).int64(time).int64(xid).toBuffer();
const ddl = (content: string, flags = 0, size = BigInt(content.length + 1)) =>
  new ByteSink().tag('L').uint8(flags).int64(0x77n).text('deparse').int64(size).text(content).toBuffer();
const standbys = new ByteSink().tag('S').text('host=a port=1').toBuffer();

function tell(wal: WalBuilder, decoderOf = createOpenGaussPgoutputDecoder): Story {
  const story = new Story();
  const decoder = decoderOf(story);
  for (const { lsn, payload } of wal.frames) decoder.frame(payload, 0, payload.length, 0, Number(lsn));
  return story;
}

describe('pgoutput of openGauss', () => {
  it('tells a transaction with DDL, which begins again before each DDL message, as one', () => {
    const wal = new WalBuilder()
      .raw(begin(0x1_0000_0002n))
      .raw(begin(0x1_0000_0002n))
      .raw(ddl('{"fmt":1}'))
      .relation(TABLE)
      .insert(7, ['1', 'a'])
      .commit()
      .raw(standbys);
    const { events, kinds } = tell(wal);
    expect(kinds).toEqual(['begin', 'message', 'relation', 'change', 'commit']);
    expect(events[0]).toMatchObject({ transaction: { xid: 0x1_0000_0002 } });
    const message = { prefix: 'deparse', content: '{"fmt":1}\0', transactional: true, lsn: '0/77' };
    expect(events[1]).toMatchObject(message);
  });

  it('leaves out of key rows what is not key, whatever the server fills in', () => {
    const wal = new WalBuilder().raw(begin(1n)).relation(TABLE);
    wal.update(7, ['1', 'b'], { kind: 'K', cells: ['1', 'a'] }).delete(7, 'K', ['1', null]);
    expect(tell(wal).changes.map(({ before, beforeKind }) => [before, beforeKind])).toEqual([
      [['1', undefined], 'key'],
      [['1', undefined], 'key'],
    ]);
  });

  const within = () => new WalBuilder().raw(begin(1n));
  it.each([
    ['another transaction within one', within().raw(begin(2n))],
    ['a begin again at another time', within().raw(begin(1n, 5n))],
    ['an xid of 4 bytes', new WalBuilder().begin()],
    ['an xid beyond 2^53', new WalBuilder().raw(begin(1n << 53n))],
    ['DDL outside a transaction', new WalBuilder().raw(ddl('x'))],
    ['DDL with flags', within().raw(ddl('x', 1))],
    ['DDL shorter than it says', within().raw(ddl('x', 0, 3n))],
    ['DDL longer than it says', within().raw(ddl('x', 0, 1n))],
    ['DDL of 4 GiB', within().raw(ddl('x', 0, 0x1_0000_0002n))],
    ['connection info without end', new WalBuilder().raw(standbys.subarray(0, -1))],
    ['bytes behind connection info', new WalBuilder().raw(Buffer.concat([standbys, standbys]))],
  ])('refuses %s', (_, wal) => {
    expect(() => tell(wal)).toThrow(REFUSED);
  });

  it.each([
    ['a begin again', new WalBuilder().begin({ xid: 1 }).begin({ xid: 1 })],
    ['DDL', new WalBuilder().begin().raw(ddl('x'))],
    ['connection info', new WalBuilder().raw(standbys)],
  ])('is not what PostgreSQL sends: %s', (_, wal) => {
    expect(() => tell(wal, createPgoutputDecoder)).toThrow(REFUSED);
  });
});
