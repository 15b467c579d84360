import { afterEach, describe, expect, it } from 'vitest';
import { FakeWalsender } from '../../test/support/fake-walsender.ts';
import { StepClock } from '../../test/support/step-clock.ts';
import {
  closeAll,
  Listener,
  listen,
  open,
  START,
  setUp,
  streamRequest,
  streams,
  TABLE,
} from '../../test/support/stream-harness.ts';
import { keepalive, WalBuilder } from '../../test/support/wal-builder.ts';
import { toLsn } from '../domain/lsn.ts';
import { postgresProtocol } from './postgres/stream-protocol.ts';
import { openStream } from './session.ts';

afterEach(closeAll);

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
    const request = { ...streamRequest({} as never), startLsn: toLsn(0n) };
    await expect(openStream(request, new Listener(), postgresProtocol(request))).rejects.toMatchObject({
      code: 'INTERNAL',
    });
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
