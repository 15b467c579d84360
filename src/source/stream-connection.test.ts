import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ByteSink } from '../../test/support/byte-sink.ts';
import { backendMessage, COPY_BOTH, keepalive, xlogData } from '../../test/support/wal-builder.ts';
import { type FrameHandler, StreamConnection } from './stream-connection.ts';

interface Setup {
  readonly connection: StreamConnection;
  readonly socket: Duplex;
  readonly heard: string[];
  readonly on: { heard: (text: string) => void };
}

/** A connection on a socket without a peer; `heard` tells frames, pg events and idles in order. */
function setUp({ frames = true } = {}): Setup {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const config = { ssl: false, keepAlive: false, keepAliveInitialDelayMillis: 0, stream: socket } as const;
  const connection = new StreamConnection(config);
  const heard: string[] = [];
  const on = { heard: (_text: string) => {} };
  const hear = (text: string) => {
    heard.push(text);
    on.heard(text);
  };
  const handler: FrameHandler = {
    frame: (bytes, start, end) => hear(`frame ${bytes.toString('latin1', start, end)}`),
    hasRest: false,
    goOn: () => undefined,
    idle: () => hear('idle'),
  };
  if (frames) connection.listen(handler);
  connection.attachListeners(socket);
  connection.on('dataRow', ({ fields }: { fields: (string | null)[] }) => hear(`row ${fields.join()}`));
  connection.on('copyData', ({ chunk }: { chunk: Buffer }) => hear(`copy ${String.fromCharCode(chunk[0]!)}`));
  connection.on('replicationStart', () => hear('start'));
  connection.on('readyForQuery', () => hear('ready'));
  return { connection, socket, heard, on };
}

async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

function dataRow(text: string): Buffer {
  return backendMessage('D', new ByteSink().uint16(1).uint32(text.length).bytes(Buffer.from(text)).toBuffer());
}

const READY = backendMessage('Z', Buffer.from('I'));
const frame = (text: string) => xlogData(9n, Buffer.from(text));

describe('StreamConnection', () => {
  it('gives pg its own events, and frames in between, in order', async () => {
    const { socket, heard } = setUp();
    socket.push(Buffer.concat([dataRow('a'), READY, COPY_BOTH, keepalive(1n), frame('1'), keepalive(2n), frame('2')]));
    await turns();
    expect(heard).toEqual(['row a', 'ready', 'start', 'copy k', 'frame 1', 'copy k', 'frame 2', 'idle']);
  });

  it('is an ordinary connection for rows of any size and for COPY, in any cuts', async () => {
    const { socket, heard } = setUp({ frames: false });
    const big = 'x'.repeat(3_000_000);
    const bytes = Buffer.concat([dataRow('a'), dataRow(big), backendMessage('d', Buffer.from('w'.repeat(50))), READY]);
    for (let at = 0; at < bytes.length; at += 60_001) socket.push(bytes.subarray(at, at + 60_001));
    await turns(60);
    expect(heard).toEqual(['row a', `row ${big}`, 'copy w', 'ready']);
  });

  it('stops at every message it is held at, and goes on in a later turn', async () => {
    const { connection, socket, heard, on } = setUp();
    on.heard = (text) => {
      if (text !== 'idle') connection.hold();
    };
    socket.push(Buffer.concat([COPY_BOTH, frame('1'), keepalive(2n), frame('2')]));
    socket.push(Buffer.concat([frame('3'), frame('4')]));
    for (const [i, text] of ['start', 'frame 1', 'copy k', 'frame 2', 'frame 3', 'frame 4'].entries()) {
      await turns(3);
      expect([heard.length, heard.at(-1), connection.isHeld, socket.isPaused()]).toEqual([i + 1, text, true, true]);
      connection.release();
      expect(heard).toHaveLength(i + 1);
    }
    await turns(3);
    expect([heard.at(-1), socket.isPaused()]).toEqual(['idle', false]);
  });

  it('does not enter a handler that releases from within', async () => {
    const { connection, socket, heard, on } = setUp();
    let depth = 0;
    on.heard = () => {
      expect(++depth).toBe(1);
      connection.hold();
      connection.release();
      depth--;
    };
    socket.push(Buffer.concat([COPY_BOTH, frame('1'), frame('2'), frame('3')]));
    await turns();
    expect(heard.slice(0, 5)).toEqual(['start', 'frame 1', 'frame 2', 'frame 3', 'idle']);
  });

  it('lets others work after some hundred messages, with the socket paused', async () => {
    const { socket, heard } = setUp();
    socket.push(Buffer.concat([COPY_BOTH, ...Array.from({ length: 2_000 }, (_, i) => frame(`${i}`))]));
    await new Promise((resolve) => process.nextTick(resolve));
    expect(heard.length).toBeLessThan(600);
    expect(socket.isPaused()).toBe(true);
    await turns();
    expect([heard.length, heard.at(-2), heard.at(-1)]).toEqual([2_002, 'frame 1999', 'idle']);
    expect(socket.isPaused()).toBe(false);
  });

  it('hands over what it has when the input ends', async () => {
    const { socket, heard } = setUp();
    socket.push(Buffer.concat([COPY_BOTH, ...Array.from({ length: 2_000 }, (_, i) => frame(`${i}`))]));
    socket.push(null);
    await once(socket, 'end');
    expect(heard).toContain('frame 1999');
  });

  it('ends with the error a handler throws, and hands over nothing more', async () => {
    const { socket, heard, on } = setUp();
    on.heard = (text) => {
      if (text === 'frame 2') throw new Error('a bug');
    };
    socket.push(Buffer.concat([COPY_BOTH, frame('1'), frame('2'), frame('3')]));
    const [error] = (await once(socket, 'error')) as [Error];
    await turns(3);
    expect([error.message, socket.destroyed, heard]).toEqual(['a bug', true, ['start', 'frame 1', 'frame 2']]);
  });
});
