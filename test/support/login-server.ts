import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { ByteSink } from './byte-sink.ts';
import { backendMessage } from './wal-builder.ts';

export interface LoginScript {
  /** Whole messages sent for the startup packet. */
  readonly challenge: Buffer;
  /** Whole messages sent for the first message after that. */
  readonly verdict?: Buffer;
  /** Takes SSLRequest, with a certificate for 127.0.0.1 only; otherwise it is refused. */
  readonly tls?: boolean;
}

const SSL_REQUEST_BYTES = 8;
const FIXTURES = join(import.meta.dirname, '../fixtures/tls');

/** Signed by itself: certificate and CA in one. */
export const CERTIFICATE = readFileSync(join(FIXTURES, 'cert.pem'), 'utf8');

/** AuthenticationOk and ReadyForQuery: the login is done. */
export const WELCOME = Buffer.concat([
  backendMessage('R', new ByteSink().uint32(0).toBuffer()),
  backendMessage('Z', Buffer.from('I')),
]);

/** A TCP server that plays one login as scripted, to everybody who comes, and keeps what was sent to it. */
export class LoginServer {
  /** Messages as hex, in order of arrival, without SSLRequest. Each comes whole: they are small. */
  readonly received: string[] = [];
  logins = 0;
  readonly #script: LoginScript;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  static async listen(script: LoginScript): Promise<LoginServer> {
    const server = new LoginServer(script);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(script: LoginScript) {
    this.#script = script;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    this.#sockets.push(socket);
    this.logins++;
    socket.on('error', () => undefined);
    socket.once('data', (first: Buffer) => {
      if (first.length !== SSL_REQUEST_BYTES) this.#play(socket, first);
      else if (this.#script.tls) this.#secure(socket);
      else socket.write('N');
    });
  }

  #secure(socket: Socket): void {
    const key = readFileSync(join(FIXTURES, 'key.pem'));
    const secure = new TLSSocket(socket, { isServer: true, key, cert: CERTIFICATE });
    secure.on('error', () => undefined);
    secure.once('data', (first: Buffer) => this.#play(secure, first));
    socket.write('S');
  }

  #play(socket: Socket, startup: Buffer): void {
    this.received.push(startup.toString('hex'));
    socket.write(this.#script.challenge);
    socket.on('data', (message: Buffer) => {
      this.received.push(message.toString('hex'));
      if (this.received.length === 2 && this.#script.verdict) socket.write(this.#script.verdict);
    });
  }
}
