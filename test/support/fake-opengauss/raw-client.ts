import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { answerRequest } from '../../../src/source/opengauss/auth.ts';
import { ByteSink } from '../byte-sink.ts';

export interface BackendMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** A client that sends what it is told and keeps what comes, byte for byte. */
export class RawClient {
  readonly messages: BackendMessage[] = [];
  isClosed = false;
  lastError: BackendMessage | null = null;
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #all: Buffer = Buffer.alloc(0);
  #waiters: (() => void)[] = [];

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** A replication session that is logged in to the database shop, with nothing received since. */
  static async replication(port: number, role: { name: string; password: string }): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.login(role.name, role.password, { database: 'shop', replication: 'database' });
    client.messages.length = 0;
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  startup(minor: number, parameters: Readonly<Record<string, string>>): void {
    const body = new ByteSink().uint16(3).uint16(minor);
    for (const [name, value] of Object.entries(parameters)) body.text(name).text(value);
    const bytes = body.uint8(0).toBuffer();
    this.send(
      new ByteSink()
        .uint32(bytes.length + 4)
        .bytes(bytes)
        .toBuffer(),
    );
  }

  message(type: string, body: Buffer): void {
    this.send(
      new ByteSink()
        .tag(type)
        .uint32(body.length + 4)
        .bytes(body)
        .toBuffer(),
    );
  }

  query(sql: string): void {
    this.message('Q', new ByteSink().text(sql).toBuffer());
  }

  /** Logs in by SHA256 or SM3; returns at ReadyForQuery, or at an error. */
  async login(username: string, password: string, parameters: Readonly<Record<string, string>>): Promise<void> {
    this.startup(51, { user: username, ...parameters });
    const challenge = await this.next('R', 'E');
    if (challenge.type === 'E') return;
    const answer = await answerRequest(challenge.body, { username, password });
    this.message('p', new ByteSink().text(answer).toBuffer());
    await this.next('Z', 'E');
  }

  /** Takes messages up to the first of these types, which is returned. */
  async next(...types: string[]): Promise<BackendMessage> {
    for (;;) {
      const message = this.messages.shift();
      if (message !== undefined && types.includes(message.type)) return message;
      if (message !== undefined) continue;
      if (this.isClosed) throw new Error(`the connection was closed before ${types.join(' or ')}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The first bytes that come, in hex, whatever they mean. */
  async bytes(count: number): Promise<string> {
    while (this.#all.length < count) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    return this.#all.toString('hex', 0, count);
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  close(): void {
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#all = Buffer.concat([this.#all, chunk]);
    while (this.#bytes.length >= 5 && this.#bytes.length > this.#bytes.readUInt32BE(1)) {
      const end = 1 + this.#bytes.readUInt32BE(1);
      const message = { type: String.fromCharCode(this.#bytes[0]!), body: this.#bytes.subarray(5, end) };
      this.messages.push(message);
      if (message.type === 'E') this.lastError = message;
      this.#bytes = this.#bytes.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

/** Fields of an ErrorResponse, by letter, in the order sent. */
export function errorFields({ body }: BackendMessage): Record<string, string> {
  const fields = body.toString('utf8', 0, body.length - 2).split('\0');
  return Object.fromEntries(fields.map((field) => [field[0]!, field.slice(1)]));
}
