import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Challenge } from './auth.ts';
import { type FrontendMessage, FrontendReader, readStartup, type StartupPacket } from './frontend.ts';
import { checkLogin, checkStartup, openSession, welcome } from './login.ts';
import { ServerError } from './server-error.ts';
import { SqlSession } from './sql-session.ts';
import type { ServerSession, ServerState } from './state.ts';
import type { StreamSink } from './stream.ts';
import { Walsender } from './walsender.ts';
import { authentication, errorResponse, readyForQuery } from './wire.ts';

const SSL_REQUEST = 80_877_103;

/** One client, from its first byte to the end of its socket. */
export class ClientConnection implements StreamSink {
  readonly #state: ServerState;
  readonly #isHaPort: boolean;
  #socket: Socket;
  #reader = new FrontendReader();
  #startup: StartupPacket | null = null;
  #challenge: Challenge | null = null;
  #session: ServerSession | null = null;
  #handler: SqlSession | Walsender | null = null;
  #isBusy = false;
  #isMute: boolean;

  constructor(socket: Socket, state: ServerState, isHaPort: boolean) {
    this.#socket = socket;
    this.#state = state;
    this.#isHaPort = isHaPort;
    this.#isMute = state.isSilent;
    socket.setNoDelay(true);
    this.#listen(socket);
  }

  /** The socket stays, but nobody answers any more. */
  mute(): void {
    this.#isMute = true;
  }

  write(bytes: Buffer): boolean {
    return this.#isMute || this.#socket.destroyed || this.#socket.write(bytes);
  }

  drained(): Promise<void> {
    if (this.#isMute || this.#socket.destroyed || this.#socket.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.once('drain', resolve);
      this.#socket.once('close', () => resolve());
    });
  }

  /** Ends it without a word, as the server does; a mute one stays. */
  cut(): void {
    if (!this.#isMute) this.destroy();
  }

  /** Cuts the line. */
  destroy(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      void this.#work();
    });
    socket.on('close', () => this.#closed());
  }

  #closed(): void {
    if (this.#handler instanceof Walsender) this.#handler.end();
    if (this.#session !== null) this.#state.sessions.delete(this.#session);
  }

  /** Messages one after the other: an answer may take its time. */
  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let message = this.#next(); message !== null; message = this.#next()) await this.#message(message);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      this.#fail(error);
    } finally {
      this.#isBusy = false;
    }
  }

  #next(): FrontendMessage | null {
    return this.#isMute || this.#socket.writableEnded || this.#socket.destroyed ? null : this.#reader.next();
  }

  async #message(message: FrontendMessage): Promise<void> {
    if (message.type === 'startup') this.#start(message.body);
    else if (message.type === 'X') this.#socket.end();
    else if (this.#handler !== null) await this.#handler.message(message);
    else if (message.type === 'p' && this.#challenge !== null) this.#password(message.body, this.#challenge);
    else throw new ServerError('08P01', `expected password response, got message type ${message.type.charCodeAt(0)}`);
  }

  #start(body: Buffer): void {
    if (body.readUInt32BE(0) === SSL_REQUEST) {
      this.#answerSslRequest();
      return;
    }
    const startup = readStartup(body);
    if (startup.major === 2 && startup.minor === 0) {
      this.#socket.end('EFATAL:  no openGauss user name specified in startup packet\n\0');
      return;
    }
    this.#reader.isStarted = true;
    this.#startup = startup;
    this.#challenge = checkStartup(this.#state, startup, this.#isHaPort);
    this.write(authentication(this.#challenge.body));
  }

  #answerSslRequest(): void {
    const { tls } = this.#state.options;
    this.write(Buffer.from(tls ? 'S' : 'N'));
    if (tls === undefined) return;
    const plain = this.#socket;
    plain.removeAllListeners('data');
    this.#socket = new TLSSocket(plain, { isServer: true, ...tls });
    this.#listen(this.#socket);
  }

  #password(body: Buffer, challenge: Challenge): void {
    const startup = this.#startup!;
    checkLogin(this.#state, startup, challenge, body);
    const end = { terminate: (error: ServerError) => this.#fail(error), port: this.#socket.remotePort ?? 0 };
    const session = openSession(this.#state, startup, end);
    this.#session = session;
    this.#handler = session.isReplication
      ? new Walsender(this.#state, session, this)
      : new SqlSession(this.#state, session, (bytes) => this.write(bytes));
    this.write(welcome(this.#state, session));
  }

  /** Last words: a walsender says ReadyForQuery behind its FATAL. */
  #fail(error: ServerError): void {
    this.write(errorResponse(error, 'FATAL'));
    if (this.#handler instanceof Walsender) this.write(readyForQuery('I'));
    this.#closed();
    if (!this.#isMute) this.#socket.end();
  }
}
