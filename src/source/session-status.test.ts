import { afterEach, describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/random.ts';
import { closeAll, START, setUp, status, TABLE } from '../../test/support/stream-harness.ts';
import { WalBuilder } from '../../test/support/wal-builder.ts';
import { toLsn } from '../domain/lsn.ts';

afterEach(closeAll);

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
