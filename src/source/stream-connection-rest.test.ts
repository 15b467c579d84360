import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { COPY_BOTH, keepalive, xlogData } from '../../test/support/wal-builder.ts';
import { type FrameHandler, StreamConnection } from './stream-connection.ts';

/** Frames of many letters, each letter a change: what a batch is. `*` holds the stream. */
class Letters implements FrameHandler {
  readonly heard: string[] = [];
  readonly #connection: StreamConnection;
  #rest = '';

  constructor(connection: StreamConnection) {
    this.#connection = connection;
  }

  get hasRest(): boolean {
    return this.#rest !== '';
  }

  frame(bytes: Buffer, start: number, end: number): void {
    expect(this.#rest).toBe('');
    this.#rest = bytes.toString('latin1', start, end);
    this.goOn();
  }

  goOn(): void {
    do {
      const letter = this.#rest[0]!;
      this.#rest = this.#rest.slice(1);
      this.heard.push(letter);
      if (letter === '*') this.#connection.hold();
    } while (this.#rest !== '' && this.#connection.mayGoOn());
  }

  idle(): void {
    this.heard.push('idle');
  }
}

function setUp() {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const config = { ssl: false, keepAlive: false, keepAliveInitialDelayMillis: 0, stream: socket } as const;
  const connection = new StreamConnection(config);
  const letters = new Letters(connection);
  connection.listen(letters);
  connection.attachListeners(socket);
  connection.on('copyData', () => letters.heard.push('k'));
  return { socket, connection, heard: letters.heard };
}

async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const frame = (text: string) => xlogData(9n, Buffer.from(text));

describe('StreamConnection with frames of many changes', () => {
  it('is held within a frame and goes on there; what follows waits', async () => {
    const { socket, connection, heard } = setUp();
    socket.push(Buffer.concat([COPY_BOTH, frame('ab*cd'), keepalive(1n), frame('e')]));
    await turns();
    expect(heard.join('')).toBe('ab*');
    expect(socket.isPaused()).toBe(true);
    connection.release();
    expect(heard.join('')).toBe('ab*');
    await turns();
    expect(heard.join('')).toBe('ab*cdkeidle');
    expect(socket.isPaused()).toBe(false);
  });

  it('lets others work within a large frame', async () => {
    const { socket, heard } = setUp();
    socket.push(Buffer.concat([COPY_BOTH, frame('x'.repeat(5000)), frame('y')]));
    await new Promise((resolve) => process.nextTick(resolve));
    expect(heard.length).toBeLessThan(600);
    expect(socket.isPaused()).toBe(true);
    await turns();
    expect(heard.length).toBe(5002);
    expect(heard.slice(-2)).toEqual(['y', 'idle']);
  });

  it('hands over the rest of a frame when the input ends', async () => {
    const { socket, heard } = setUp();
    socket.push(Buffer.concat([COPY_BOTH, frame('x'.repeat(5000)), frame('y')]));
    socket.push(null);
    await once(socket, 'end');
    expect(heard).toContain('y');
  });
});
