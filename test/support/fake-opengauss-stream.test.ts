import { afterEach, describe, expect, it } from 'vitest';
import { formatLsn, toLsn } from '../../src/domain/lsn.ts';
import { openGaussStatus } from '../../src/source/opengauss/status-message.ts';
import { ByteSink } from './byte-sink.ts';
import { type BackendMessage, RawClient } from './fake-opengauss/raw-client.ts';
import { ADMIN, FakeOpenGauss } from './fake-opengauss/server.ts';
import type { FakeOptions } from './fake-opengauss/state.ts';
import { StepClock } from './step-clock.ts';

const SERIAL = '("parallel-decode-num" \'1\')';
const JSON_STYLE = '("parallel-decode-num" \'2\', "decode-style" \'j\')';
const TABLE = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'] };

let server: FakeOpenGauss;
const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

async function listen(options: FakeOptions = {}): Promise<void> {
  server = await FakeOpenGauss.listen(options);
  server.table('public.t', TABLE);
  server.state.slots.create('s', 'mppdb_decoding', 'shop', 8, server.state.wal.end, 13_000n);
}

async function replication(): Promise<RawClient> {
  const client = await RawClient.replication(server.port, ADMIN);
  clients.push(client);
  return client;
}

async function start(options: string, lsn = '0/0'): Promise<RawClient> {
  const client = await replication();
  client.query(`START_REPLICATION SLOT "s" LOGICAL ${lsn} ${options}`);
  await client.next('W', 'E');
  return client;
}

/** The next XLogData as text, keepalives passed over. */
async function nextRecord(client: RawClient): Promise<string> {
  for (;;) {
    const { body } = await client.next('d');
    if (body[0] === 0x77) return body.toString('utf8', 25);
  }
}

async function nextKeepalive(client: RawClient): Promise<{ walEnd: bigint; wantsReply: boolean }> {
  const { body } = await client.next('d');
  expect([body[0], body.length]).toEqual([0x6b, 33]);
  return { walEnd: body.readBigUInt64LE(1), wantsReply: body[25] === 1 };
}

/** A standby status in our own words, made openGauss' by the product. */
function status(flushed: bigint, wantsReply = false): Buffer {
  const body = new ByteSink().tag('r').int64(flushed).int64(flushed).int64(flushed).int64(0n);
  return openGaussStatus(body.uint8(wantsReply ? 1 : 0).toBuffer());
}

/** Sends a status and waits until the server has it. */
async function confirm(client: RawClient, flushed: bigint): Promise<void> {
  const before = server.state.statuses.length;
  client.message('d', status(flushed, true));
  await until(() => server.state.statuses.length > before);
}

function insert(...ids: string[]) {
  return ids.map((id) => ({ op: 'INSERT', table: 'public.t', new: { id, v: null } }) as const);
}

function isRow(record: string): boolean {
  return record.startsWith('{');
}

describe('streams of the fake openGauss', () => {
  it('begin with two keepalives: serial at the confirmed position, parallel at 0/0 and a stale one', async () => {
    await listen();
    const position = server.state.wal.end;
    const serial = await start(SERIAL);
    expect([await nextKeepalive(serial), await nextKeepalive(serial)].map(({ walEnd }) => walEnd)).toEqual([
      position,
      position,
    ]);
    serial.close();
    await until(() => !server.state.slots.find('s')!.isActive);
    const parallel = await start(JSON_STYLE);
    const ends = [await nextKeepalive(parallel), await nextKeepalive(parallel)].map(({ walEnd }) => walEnd);
    expect(ends[0]).toBe(0n);
    expect(ends[1]).toBeLessThan(position);
  });

  it('deliver what is committed while they run, filtered by the white list', async () => {
    await listen();
    server.table('public.other', TABLE);
    const client = await start(
      '("parallel-decode-num" \'1\', "white-table-list" \'public.t\', "include-xids" \'off\')',
    );
    server.commit(...insert('1'), { op: 'INSERT', table: 'public.other', new: { id: '9' } });
    expect(await nextRecord(client)).toBe('BEGIN');
    expect(JSON.parse(await nextRecord(client))).toMatchObject({ table_name: 'public.t', columns_val: ['1', 'null'] });
    expect(await nextRecord(client)).toMatch(/^COMMIT \(at .*\+00\) CSN \d+$/);
  });

  const AGAIN: readonly [name: string, offset: (s: bigint, e: bigint) => bigint, ids: string[]][] = [
    ['S', (start) => start, ['1', '2']],
    ['S + 1', (start) => start + 1n, ['2']],
    ['E', (_, end) => end, ['2']],
    ['E + 1', (_, end) => end + 1n, []],
  ];
  it.each(AGAIN)(
    'after %s was confirmed of two adjacent commits, bring again what the reference says',
    async (_name, offset, ids) => {
      await listen();
      server.commitTogether([{ changes: insert('1') }, { changes: insert('2') }]);
      const { commitStart, commitEnd } = server.state.wal.transactions[0]!;
      expect(server.state.wal.transactions[1]!.commitStart).toBe(commitEnd);
      await confirm(await start(JSON_STYLE), offset(commitStart, commitEnd));
      server.cutAll();
      await until(() => !server.state.slots.find('s')!.isActive);
      server.commit(...insert('end'));
      const client = await start(JSON_STYLE);
      const seen: string[] = [];
      while (seen.at(-1) !== 'end') {
        const record = await nextRecord(client);
        if (isRow(record)) seen.push(JSON.parse(record).columns_val[0]);
      }
      expect(seen).toEqual([...ids, 'end']);
      expect(formatLsn(toLsn(server.state.slots.find('s')!.confirmedFlush))).toBe(
        formatLsn(toLsn(offset(commitStart, commitEnd))),
      );
    },
  );

  it('never move a slot back, and lose what was confirmed with a restart', async () => {
    await listen();
    const before = server.state.slots.find('s')!.confirmedFlush;
    server.commit(...insert('1'));
    const { commitEnd } = server.state.wal.transactions[0]!;
    const client = await start(JSON_STYLE);
    for (const flushed of [commitEnd, 0n, commitEnd - 1n]) await confirm(client, flushed);
    expect(server.state.slots.find('s')!.confirmedFlush).toBe(commitEnd);
    server.restart();
    expect(server.state.slots.find('s')!.confirmedFlush).toBe(before);
  });

  it('note a confirmation of what was not delivered; a keepalive proves it in serial mode only', async () => {
    await listen();
    server.state.wal.grow(0x1000n);
    const parallel = await start(JSON_STYLE);
    await confirm(parallel, server.state.wal.end);
    expect(server.state.violations).toHaveLength(1);
    parallel.close();
    await until(() => !server.state.slots.find('s')!.isActive);
    server.state.wal.grow(0x1000n);
    const serial = await start(SERIAL);
    await confirm(serial, 0n);
    await confirm(serial, server.state.wal.end);
    expect(server.state.violations).toHaveLength(1);
  });

  it('ask a silent client at half the timeout and leave it without a word at the end', async () => {
    const clock = new StepClock();
    await listen({ setTimer: clock.setTimer });
    const client = await start('("parallel-decode-num" \'1\', "sender-timeout" \'4000\')');
    await nextKeepalive(client);
    await nextKeepalive(client);
    clock.advance(2_000);
    expect(await nextKeepalive(client)).toMatchObject({ wantsReply: true });
    clock.advance(1_999);
    expect(client.isClosed).toBe(false);
    clock.advance(1);
    await client.closed();
    expect(client.messages).toEqual([]);
  });

  it('send keepalives while idle in parallel mode, ahead of what is held back', async () => {
    const clock = new StepClock();
    await listen({ setTimer: clock.setTimer });
    const client = await start(JSON_STYLE);
    await nextKeepalive(client);
    await nextKeepalive(client);
    server.pauseDelivery();
    server.commit(...insert('1'));
    clock.advance(1_000);
    expect((await nextKeepalive(client)).walEnd).toBe(server.state.wal.end);
    server.resumeDelivery();
    expect(await nextRecord(client)).toMatch(/^BEGIN CSN/);
  });

  it('can be cut in the middle of a transaction', async () => {
    await listen();
    const client = await start(JSON_STYLE);
    server.commit(...insert('0'));
    server.cutNextTransaction();
    server.commit(...insert('1', '2', '3', '4'));
    await client.closed();
    const records = client.messages.filter(isXLogData).map(({ body }) => body.toString('utf8', 25));
    expect(records.filter(isRow)).toHaveLength(3);
    expect(records.filter((record) => record.startsWith('commit'))).toHaveLength(1);
    expect(server.state.slots.find('s')!.isActive).toBe(false);
  });

  it('say nothing more when the server goes silent, and stay open', async () => {
    const clock = new StepClock();
    await listen({ setTimer: clock.setTimer });
    const client = await start(JSON_STYLE);
    await nextKeepalive(client);
    await nextKeepalive(client);
    server.goSilent();
    server.commit(...insert('1'));
    clock.advance(60_000);
    const other = await RawClient.connect(server.port);
    clients.push(other);
    other.startup(51, { user: ADMIN.name });
    server.speak();
    await replication();
    expect([client.messages, client.isClosed, other.messages]).toEqual([[], false, []]);
  });
});

function isXLogData({ type, body }: BackendMessage): boolean {
  return type === 'd' && body[0] === 0x77;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
