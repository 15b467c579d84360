import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
/** All that the server behind the proxy has received, by connection. */
let received: string[];
let accepted: Socket[];

/** Answers every chunk in capitals. */
beforeEach(async () => {
  received = [];
  accepted = [];
  server = createServer((socket) => {
    const index = accepted.push(socket) - 1;
    received[index] = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text: string) => {
      received[index] += text;
      socket.write(text.toUpperCase());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } });
});

afterEach(async () => {
  await proxy.close();
  for (const socket of accepted) socket.destroy();
  server.close();
});

async function dial(): Promise<{ socket: Socket; answers: () => string }> {
  const before = accepted.length;
  const socket = connect(proxy.port, '127.0.0.1');
  let answers = '';
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (text: string) => {
    answers += text;
  });
  await eventually(() => expect(accepted.length).toBe(before + 1));
  return { socket, answers: () => answers };
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

test('bytes pass both ways, and an end of one side reaches the other', async () => {
  const { socket, answers } = await dial();
  socket.write('hello');
  await eventually(() => expect(answers()).toBe('HELLO'));
  socket.end();
  await eventually(() => expect(proxy.connections).toHaveLength(0));
});

test('a megabyte passes through unchanged in spite of full sockets', async () => {
  const { socket, answers } = await dial();
  const text = 'abcdefgh'.repeat(131_072);
  socket.write(text);
  await eventually(() => expect(answers().length).toBe(text.length));
  expect(received[0]).toBe(text);
  expect(answers()).toBe(text.toUpperCase());
});

test('held bytes reach the server on release, in order, though the client is dead by then', async () => {
  const { socket, answers } = await dial();
  socket.write('before ');
  await eventually(() => expect(answers()).toBe('BEFORE '));
  proxy.hold();
  socket.write('late');
  await eventually(() => expect(proxy.connections[0]?.heldBytes).toBe(4));
  socket.resetAndDestroy();
  await eventually(() => expect(proxy.connections[0]?.clientOpen).toBe(false));
  expect(proxy.connections[0]?.upstreamOpen).toBe(true);
  expect(received[0]).toBe('before ');

  proxy.release();
  await eventually(() => expect(received[0]).toBe('before late'));
  await eventually(() => expect(proxy.connections[0]?.lateAnswer.toString()).toBe('LATE'));
});

test('after forwardNew a new connection passes while an old one stays held', async () => {
  const old = await dial();
  proxy.hold();
  old.socket.write('old');
  await eventually(() => expect(proxy.connections[0]?.heldBytes).toBe(3));
  proxy.forwardNew();
  const { socket, answers } = await dial();
  socket.write('new');
  await eventually(() => expect(answers()).toBe('NEW'));
  expect(received).toEqual(['', 'new']);
  proxy.connections[0]?.release();
  await eventually(() => expect(received).toEqual(['old', 'new']));
});

test('while held, answers of the server still reach the client', async () => {
  const { socket, answers } = await dial();
  socket.write('x');
  await eventually(() => expect(answers()).toBe('X'));
  proxy.hold();
  accepted[0]?.write('note');
  await eventually(() => expect(answers()).toBe('Xnote'));
});

test('a black hole keeps connections open and carries nothing until released', async () => {
  const { socket, answers } = await dial();
  proxy.blackhole();
  socket.write('lost?');
  accepted[0]?.write('down');
  await eventually(() => expect(proxy.connections[0]?.heldBytes).toBe(5));
  await sleep(50);
  expect([received[0], answers(), socket.destroyed]).toEqual(['', '', false]);
  proxy.release();
  await eventually(() => expect(answers()).toBe('downLOST?'));
});

test('cut resets both sides and the next connection is forwarded', async () => {
  const first = await dial();
  first.socket.write('a');
  await eventually(() => expect(first.answers()).toBe('A'));
  proxy.cut();
  await eventually(() => expect(first.socket.destroyed).toBe(true));
  await eventually(() => expect(proxy.connections).toHaveLength(0));
  const second = await dial();
  second.socket.write('b');
  await eventually(() => expect(second.answers()).toBe('B'));
});
