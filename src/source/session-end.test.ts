import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, START, setUp, TABLE } from '../../test/support/stream-harness.ts';
import { WalBuilder } from '../../test/support/wal-builder.ts';
import { toLsn } from '../domain/lsn.ts';
import type { SourceStream } from './source.ts';

afterEach(closeAll);

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
