import { afterEach, describe, expect, it } from 'vitest';
import { FakeWalsender, type FakeWalsenderOptions } from '../../test/support/fake-walsender.ts';
import { seeded } from '../../test/support/random.ts';
import { StepClock } from '../../test/support/step-clock.ts';
import { Story } from '../../test/support/story.ts';
import { keepalive, WalBuilder } from '../../test/support/wal-builder.ts';
import type { Change } from '../domain/change.ts';
import { formatLsn, type Lsn, toLsn } from '../domain/lsn.ts';
import type { Relation } from '../domain/relation.ts';
import { openStream } from './session.ts';
import type { SourceStream, StreamHandler } from './source.ts';

const START = toLsn(0x1_0000n);
const TABLE = { oid: 7, table: 't', columns: [{ name: 'id' }] };

/** Keeps what the stream tells, as short texts too; `until` waits for more of it. */
class Listener extends Story implements StreamHandler {
  readonly heard: string[] = [];
  idles = 0;
  onHeard: (text: string) => void = () => undefined;
  #waiters: (() => void)[] = [];

  override change(change: Change): void {
    super.change(change);
    this.#hear(`${change.op} ${this.changes.at(-1)!.after?.[0]}`);
  }

  override relation(relation: Relation): void {
    super.relation(relation);
    this.#hear('relation');
  }

  override commit(endLsn: Lsn): void {
    super.commit(endLsn);
    this.#hear(`commit ${formatLsn(endLsn)}`);
  }

  keepalive(serverLsn: Lsn): void {
    this.#hear(`keepalive ${formatLsn(serverLsn)}`);
  }

  idle(): void {
    this.idles++;
    this.#wake();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #hear(text: string): void {
    this.heard.push(text);
    this.onHeard(text);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

interface Setup {
  readonly server: FakeWalsender;
  readonly stream: SourceStream;
  readonly listener: Listener;
  readonly clock: StepClock;
}

const servers: FakeWalsender[] = [];
const streams: SourceStream[] = [];

async function listen(options: FakeWalsenderOptions = {}): Promise<FakeWalsender> {
  const server = await FakeWalsender.listen(options);
  servers.push(server);
  return server;
}

function open(server: FakeWalsender, listener = new Listener(), clock = new StepClock(), publication = 'gc_pub') {
  const endpoint = {
    dialect: 'postgres',
    host: '127.0.0.1',
    port: server.port,
    database: 'db',
    username: 'u',
    password: 'right',
  } as const;
  const request = { endpoint, slot: 'gc_slot', publication, startLsn: START };
  return openStream(request, listener, { now: clock.now, setTimer: clock.setTimer });
}

async function setUp(options: FakeWalsenderOptions = {}): Promise<Setup> {
  const server = await listen(options);
  const listener = new Listener();
  const clock = new StepClock();
  const stream = await open(server, listener, clock);
  streams.push(stream);
  return { server, stream, listener, clock };
}

/** Waits until the server has `count` statuses and returns the last. */
async function status(server: FakeWalsender, count: number) {
  await server.until(() => server.statuses.length >= count);
  return server.statuses.at(-1)!;
}

afterEach(async () => {
  for (const server of servers) expect(server.violations).toEqual([]);
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(streams.splice(0).map((stream) => stream.close()));
});

describe('openStream', () => {
  it('starts the slot at the position given, with quoted names', async () => {
    const server = await listen({ password: 'right' });
    streams.push(await open(server, new Listener(), new StepClock(), "My 'pub'"));
    expect(server.commands).toEqual([
      'SHOW wal_sender_timeout',
      `START_REPLICATION SLOT "gc_slot" LOGICAL 0/10000 (proto_version '1', publication_names '"My ''pub''"')`,
    ]);
  });

  it('hands over nothing before the first resume, not even what came with the start', async () => {
    const wal = new WalBuilder(START).begin().relation(TABLE).insert(7, ['1']).commit();
    const { stream, listener } = await setUp({ firstBytes: Buffer.concat([wal.bytes(), keepalive(wal.lsn)]) });
    expect([stream.isPaused, listener.events, listener.heard]).toEqual([true, [], []]);
    stream.resume();
    await listener.until(() => listener.idles > 0);
    expect(listener.heard).toEqual(['relation', 'c 1', 'commit 0/10080', 'keepalive 0/10080']);
    expect([stream.receivedLsn, stream.confirmedLsn]).toEqual([0x1_0080n, START]);
  });

  it.each([
    ['a missing slot', { code: '42704', message: 'replication slot "gc_slot" does not exist' }, 'SLOT_LOST'],
    ['removed WAL', { code: '58P01', message: 'requested WAL segment has already been removed' }, 'SLOT_LOST'],
    ['a slot in use', { code: '55006', message: 'replication slot "gc_slot" is active for PID 77' }, 'SLOT_IN_USE'],
    ['a role without right', { code: '42501', message: 'must be superuser' }, 'SOURCE_PERMISSION'],
  ])('rejects %s by its code', async (_what, startError, code) => {
    const server = await listen({ startError });
    const error = await open(server).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    if (code === 'SLOT_IN_USE') expect(error).toMatchObject({ data: { pid: 77 } });
  });

  it('rejects a wrong password', async () => {
    const server = await listen({ password: 'other' });
    await expect(open(server)).rejects.toMatchObject({ code: 'SOURCE_AUTH', retry: 'never' });
  });

  it('rejects when nobody listens', async () => {
    const server = await FakeWalsender.listen();
    const { port } = server;
    await server.close();
    await expect(open({ port } as FakeWalsender)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });

  it('rejects a start position of 0 before it connects', async () => {
    const request = { endpoint: {} as never, slot: 's', publication: 'p', startLsn: toLsn(0n) };
    await expect(openStream(request, new Listener())).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('gives up on a server that does not start the stream', async () => {
    const clock = new StepClock();
    const server = await listen({ staysSilent: true });
    const opening = open(server, new Listener(), clock);
    await server.until(() => server.commands.length === 2);
    clock.advance(30_000);
    await expect(opening).rejects.toMatchObject({ code: 'SOURCE_SILENT' });
  });
});

describe('status messages', () => {
  it('confirm exactly the position given, also where a 32-bit half is crossed', async () => {
    const { server, stream, listener, clock } = await setUp();
    stream.resume();
    for (const [i, lsn] of [0x2_0000n, 0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0001n].entries()) {
      server.keepalive(lsn);
      await listener.until(() => listener.heard.length === i + 1);
      clock.advance(100);
      stream.confirm(toLsn(lsn));
      expect(await status(server, i + 1)).toEqual({ written: lsn, flushed: lsn, applied: lsn, wantsReply: false });
    }
  });

  it('go out by timer at a third of the server timeout, with the start position, also while paused', async () => {
    const { server, stream, clock } = await setUp({ walSenderTimeout: '3s' });
    clock.advance(999);
    expect(server.statuses).toEqual([]);
    clock.advance(1);
    expect(await status(server, 1)).toMatchObject({ flushed: START, wantsReply: false });
    clock.advance(2_000);
    expect(await status(server, 3)).toMatchObject({ flushed: START, wantsReply: false });
    stream.resume();
    clock.advance(1_000);
    expect(await status(server, 4)).toMatchObject({ flushed: START, wantsReply: true });
  });

  it.each(['0', '1h'])('go out every 10 s with a server timeout of %s', async (walSenderTimeout) => {
    const { server, clock } = await setUp({ walSenderTimeout });
    clock.advance(10_000);
    await status(server, 1);
    clock.advance(9_999);
    server.keepalive(START);
    expect(server.statuses).toHaveLength(1);
  });

  it('answer at once when the server asks, after the keepalive was handled', async () => {
    const { server, stream, listener } = await setUp();
    listener.onHeard = (text) => text === 'keepalive 0/20000' && stream.confirm(toLsn(0x2_0000n));
    stream.resume();
    server.keepalive(0x2_0000n, true);
    await server.until(() => server.statuses.length === 2);
    expect(server.statuses.map(({ flushed }) => flushed)).toEqual([0x2_0000n, 0x2_0000n]);
  });

  it('ask the server when told to', async () => {
    const { server, stream } = await setUp();
    stream.ping();
    expect(await status(server, 1)).toMatchObject({ flushed: START, wantsReply: true });
  });

  it('never carry a position beyond what was received', async () => {
    const { server, stream, listener } = await setUp();
    stream.resume();
    server.keepalive(0x2_0000n);
    await listener.until(() => listener.heard.length === 1);
    expect(() => stream.confirm(toLsn(0x2_0001n))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    stream.ping();
    expect(await status(server, 1)).toMatchObject({ flushed: START });
  });

  it('stay right under random confirmations, pauses, pings and timers', async () => {
    const random = seeded(3).below;
    const { server, stream, listener, clock } = await setUp({ walSenderTimeout: '900ms' });
    const wal = new WalBuilder(START);
    wal.begin().relation(TABLE).commit();
    const act = [
      () => stream.confirm(toLsn(START + BigInt(random(Number(stream.receivedLsn - START) + 1)))),
      () => stream.ping(),
      () => clock.advance(random(200)),
      () => stream.pause(),
      () => stream.resume(),
    ];
    listener.onHeard = () => act[random(act.length)]!();
    for (let i = 0; i < 300; i++)
      wal
        .begin()
        .insert(7, [`${i}`])
        .commit();
    server.send(wal.frames);
    while (listener.changes.length < 300) {
      stream.resume();
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.ping();
    await server.until(() => server.statuses.at(-1)?.flushed === stream.confirmedLsn);
    const flushed = server.statuses.map((one) => one.flushed);
    expect(flushed).toEqual([...flushed].sort((a, b) => Number(a - b)));
  });
});

describe('reading', () => {
  it('stops at the frame during which it was paused, and goes on there', async () => {
    const { server, stream, listener } = await setUp();
    listener.onHeard = () => stream.pause();
    const wal = new WalBuilder(START).begin().relation(TABLE).insert(7, ['1']).insert(7, ['2']).commit();
    server.send(wal.frames);
    server.keepalive(wal.lsn);
    stream.resume();
    await listener.until(() => listener.heard.length > 0);
    const idlesBefore = listener.idles;
    for (const [i, text] of ['relation', 'c 1', 'c 2', 'commit 0/100C0', 'keepalive 0/100C0'].entries()) {
      await listener.until(() => listener.heard.length > i);
      expect([listener.heard.length, listener.heard.at(-1), stream.isPaused]).toEqual([i + 1, text, true]);
      expect(listener.idles).toBe(idlesBefore);
      stream.resume();
    }
    await listener.until(() => listener.idles > idlesBefore);
  });

  it('hands over everything of a long stream, in order, and lets other work in between', async () => {
    const { server, stream, listener } = await setUp();
    const count = 5_000;
    const wal = new WalBuilder(START).begin().relation(TABLE);
    for (let i = 0; i < count; i++) wal.insert(7, [`${i}`]);
    stream.resume();
    let turns = 0;
    const turn = () => {
      turns++;
      if (listener.changes.length < count) setImmediate(turn);
    };
    turn();
    server.send(wal.frames);
    await listener.until(() => listener.changes.length === count);
    expect(listener.changes.map((change) => change.after?.[0])).toEqual(
      Array.from({ length: count }, (_, i) => `${i}`),
    );
    expect(turns).toBeGreaterThan(count / 512);
  });
});

describe('the end of a stream', () => {
  async function endOf(stream: SourceStream): Promise<unknown> {
    return stream.ended.then(
      () => 'closed',
      (error: unknown) => error,
    );
  }

  it('is a rejection when the connection is cut', async () => {
    const { server, stream } = await setUp();
    stream.resume();
    server.cut();
    expect(await endOf(stream)).toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
    await stream.close();
  });

  it('is a rejection when the server hangs up', async () => {
    const { server, stream } = await setUp();
    stream.resume();
    server.hangUp();
    expect(await endOf(stream)).toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
  });

  it('is a rejection with the words of the server, said behind its last frames', async () => {
    const { server, stream, listener } = await setUp();
    stream.resume();
    const wal = new WalBuilder(START).begin().relation(TABLE);
    for (let i = 0; i < 2_000; i++) wal.insert(7, [`${i}`]);
    server.send(wal.frames);
    server.error({ code: '57P01', message: 'terminating connection due to administrator command', severity: 'FATAL' });
    server.hangUp();
    expect(await endOf(stream)).toMatchObject({ code: 'SOURCE_CONNECTION_LOST', data: { sourceCode: '57P01' } });
    expect(listener.changes).toHaveLength(2_000);
  });

  it('is SLOT_LOST when the slot is invalidated under the stream', async () => {
    const { server, stream } = await setUp();
    stream.resume();
    server.error({ code: '58P01', message: 'requested WAL segment has already been removed' });
    expect(await endOf(stream)).toMatchObject({ code: 'SLOT_LOST' });
  });

  it('is a rejection when the server ends the copy by itself', async () => {
    const { server, stream } = await setUp();
    stream.resume();
    server.raw(Buffer.from([0x63, 0, 0, 0, 4]));
    expect(await endOf(stream)).toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
  });

  it('is DECODE_FAILED at bytes it does not know, and nothing behind them is told', async () => {
    const { server, stream, listener } = await setUp();
    stream.resume();
    const wal = new WalBuilder(START).begin().relation(TABLE).insert(7, ['1']).raw(Buffer.from('?')).insert(7, ['2']);
    server.send(wal.frames);
    expect(await endOf(stream)).toMatchObject({ code: 'DECODE_FAILED', data: { hex: '3f' } });
    expect(listener.heard).toEqual(['relation', 'c 1']);
  });

  it('is DECODE_FAILED at a copy message that is neither data nor keepalive', async () => {
    const { server, stream } = await setUp();
    stream.resume();
    server.raw(Buffer.from([0x64, 0, 0, 0, 5, 0x78]));
    expect(await endOf(stream)).toMatchObject({ code: 'DECODE_FAILED' });
  });

  it.each(['c 1', 'keepalive 0/20000'])('is INTERNAL when the handler throws at "%s", once', async (place) => {
    const { server, stream, listener } = await setUp();
    listener.onHeard = (text) => {
      if (text === place) throw new TypeError('a bug');
    };
    stream.resume();
    server.send(new WalBuilder(START).begin().relation(TABLE).insert(7, ['1']).frames);
    server.keepalive(0x2_0000n);
    expect(await endOf(stream)).toMatchObject({ code: 'INTERNAL', message: 'a bug' });
    expect(listener.heard.at(-1)).toBe(place);
  });

  it('is SOURCE_SILENT when the server answers no ping for a minute, but never while paused', async () => {
    const { stream, clock } = await setUp();
    clock.advance(600_000);
    stream.resume();
    clock.advance(120_000);
    expect(stream.isPaused).toBe(false);
    clock.advance(20_000);
    expect(await endOf(stream)).toMatchObject({ code: 'SOURCE_SILENT' });
  });

  it('is quiet after close: a last status, and the copy ended in agreement', async () => {
    const { server, stream, listener, clock } = await setUp();
    stream.resume();
    server.keepalive(0x2_0000n);
    await listener.until(() => listener.heard.length === 1);
    stream.confirm(toLsn(0x1_8000n));
    stream.confirm(toLsn(0x1_8001n));
    const closing = stream.close();
    expect(stream.close()).toBe(closing);
    await closing;
    expect(await endOf(stream)).toBe('closed');
    await server.until(() => server.isCopyDone);
    expect(server.statuses.at(-1)).toMatchObject({ flushed: 0x1_8001n });
    expect(clock.pending).toBe(0);
  });

  it('is quiet after close while paused, and tells nothing more', async () => {
    const { server, stream, listener } = await setUp();
    server.send(new WalBuilder(START).begin().relation(TABLE).insert(7, ['1']).frames);
    await stream.close();
    expect([await endOf(stream), listener.heard]).toEqual(['closed', []]);
  });

  it('comes two seconds after close when the server does not play along', async () => {
    const { server, stream, clock } = await setUp();
    // A message of a length that never comes: the answer to our CopyDone disappears in it.
    server.raw(Buffer.from([0x64, 0, 1, 0, 0]));
    const closing = stream.close();
    await server.until(() => server.isCopyDone);
    clock.advance(2_000);
    await closing;
    expect(await endOf(stream)).toBe('closed');
  });
});
