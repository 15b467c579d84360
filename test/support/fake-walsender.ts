import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ByteSink } from './byte-sink.ts';
import { backendMessage, COPY_BOTH, keepalive, type WalFrame, xlogData } from './wal-builder.ts';

/** A standby status as the server reads it. */
export interface StandbyStatus {
  readonly written: bigint;
  readonly flushed: bigint;
  readonly applied: bigint;
  readonly wantsReply: boolean;
}

export interface ServerError {
  readonly code: string;
  readonly message: string;
  readonly severity?: 'ERROR' | 'FATAL';
}

export interface FakeWalsenderOptions {
  /** Cleartext password to ask for; without it everybody may come in. */
  readonly password?: string;
  /** What SHOW wal_sender_timeout answers. */
  readonly walSenderTimeout?: string;
  /** Answers START_REPLICATION. */
  readonly startError?: ServerError;
  /** Never answers START_REPLICATION. */
  readonly staysSilent?: boolean;
  /** Sent in one write with CopyBothResponse. */
  readonly firstBytes?: Buffer;
}

const SSL_REQUEST = 80_877_103;
const READY = backendMessage('Z', Buffer.from('I'));

/** A TCP server that plays one database's walsender: enough of the protocol to script a stream, with every status recorded. */
export class FakeWalsender {
  readonly commands: string[] = [];
  readonly statuses: StandbyStatus[] = [];
  /** What no client may ever do: a position of 0, or one beyond what was sent. */
  readonly violations: string[] = [];
  isCopyDone = false;
  readonly #options: FakeWalsenderOptions;
  readonly #server: Server;
  #socket: Socket | null = null;
  #received: Buffer = Buffer.alloc(0);
  #isStarted = false;
  #sentLsn = 0n;
  #waiters: (() => void)[] = [];

  static async listen(options: FakeWalsenderOptions = {}): Promise<FakeWalsender> {
    const fake = new FakeWalsender(options);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  private constructor(options: FakeWalsenderOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sends XLogData frames in one write. */
  send(frames: readonly WalFrame[]): void {
    for (const { lsn } of frames) this.#reached(lsn);
    this.raw(Buffer.concat(frames.map(({ lsn, payload }) => xlogData(lsn, payload))));
  }

  keepalive(lsn: bigint, wantsReply = false): void {
    this.#reached(lsn);
    this.raw(keepalive(lsn, wantsReply));
  }

  raw(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  error(error: ServerError): void {
    this.raw(errorResponse(error));
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket?.resetAndDestroy();
  }

  /** Ends the connection properly. */
  hangUp(): void {
    this.#socket?.end();
  }

  /** Resolves when `isTrue` holds; looked at after everything that comes in. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#wake());
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      while (this.#takeMessage());
      this.#wake();
    });
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #takeMessage(): boolean {
    const bytes = this.#received;
    const header = this.#isStarted ? 5 : 4;
    if (bytes.length < header) return false;
    const size = bytes.readUInt32BE(header - 4) + header - 4;
    if (bytes.length < size) return false;
    this.#received = bytes.subarray(size);
    if (this.#isStarted) this.#message(String.fromCharCode(bytes[0]!), bytes.subarray(5, size));
    else this.#startup(bytes.readUInt32BE(4));
    return true;
  }

  #startup(version: number): void {
    if (version === SSL_REQUEST) {
      this.raw(Buffer.from('N'));
      return;
    }
    this.#isStarted = true;
    if (this.#options.password === undefined) this.#welcome();
    else this.raw(backendMessage('R', new ByteSink().uint32(3).toBuffer()));
  }

  #welcome(): void {
    const ok = backendMessage('R', new ByteSink().uint32(0).toBuffer());
    const key = backendMessage('K', new ByteSink().uint32(1234).uint32(5678).toBuffer());
    this.raw(Buffer.concat([ok, parameter('server_version', '15.0'), key, READY]));
  }

  #message(type: string, body: Buffer): void {
    if (type === 'p') this.#password(text(body));
    else if (type === 'Q') this.#query(text(body));
    else if (type === 'd') this.#status(body);
    else if (type === 'c') this.#copyDone();
    else if (type === 'X') this.#socket?.end();
  }

  #password(password: string): void {
    if (password === this.#options.password) this.#welcome();
    else {
      this.error({ code: '28P01', message: 'password authentication failed', severity: 'FATAL' });
      this.#socket?.end();
    }
  }

  #query(command: string): void {
    this.commands.push(command);
    if (command.startsWith('SHOW')) this.#answer('wal_sender_timeout', this.#options.walSenderTimeout ?? '1min');
    else if (command.startsWith('IDENTIFY_SYSTEM')) this.#answer('systemid', '7000000000000000000');
    else if (command.startsWith('START_REPLICATION')) this.#startReplication(command);
    else this.raw(Buffer.concat([errorResponse({ code: '42601', message: `unknown: ${command}` }), READY]));
  }

  #startReplication(command: string): void {
    const { startError, staysSilent, firstBytes } = this.#options;
    if (staysSilent) return;
    if (startError) {
      this.raw(Buffer.concat([errorResponse(startError), READY]));
      return;
    }
    const [high, low] = /LOGICAL (\w+)\/(\w+)/.exec(command)!.slice(1);
    this.#reached((BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`));
    this.raw(Buffer.concat([COPY_BOTH, firstBytes ?? Buffer.alloc(0)]));
  }

  #answer(column: string, value: string): void {
    const field = new ByteSink().text(column).uint32(0).uint16(0).uint32(25).uint16(0xffff).int32(-1).uint16(0);
    const description = new ByteSink().uint16(1).bytes(field.toBuffer()).toBuffer();
    const row = new ByteSink().uint16(1).uint32(value.length).bytes(Buffer.from(value)).toBuffer();
    const done = backendMessage('C', new ByteSink().text('SHOW').toBuffer());
    this.raw(Buffer.concat([backendMessage('T', description), backendMessage('D', row), done, READY]));
  }

  #status(body: Buffer): void {
    if (body[0] !== 0x72 || body.length !== 34) {
      this.violations.push(`not a status: ${body.toString('hex')}`);
      return;
    }
    const [written, flushed, applied] = [1, 9, 17].map((at) => body.readBigUInt64BE(at)) as [bigint, bigint, bigint];
    this.statuses.push({ written, flushed, applied, wantsReply: body[33] === 1 });
    for (const lsn of [written, flushed, applied]) {
      if (lsn === 0n) this.violations.push('position 0');
      if (lsn > this.#sentLsn) this.violations.push(`position ${lsn} beyond ${this.#sentLsn}`);
    }
  }

  #copyDone(): void {
    this.isCopyDone = true;
    const complete = backendMessage('C', new ByteSink().text('COPY 0').toBuffer());
    this.raw(Buffer.concat([backendMessage('c'), complete, READY]));
  }

  #reached(lsn: bigint): void {
    if (lsn > this.#sentLsn) this.#sentLsn = lsn;
  }
}

function text(body: Buffer): string {
  return body.toString('utf8', 0, body.length - 1);
}

function parameter(name: string, value: string): Buffer {
  return backendMessage('S', new ByteSink().text(name).text(value).toBuffer());
}

function errorResponse({ code, message, severity = 'ERROR' }: ServerError): Buffer {
  const fields = new ByteSink().tag('S').text(severity).tag('C').text(code).tag('M').text(message).uint8(0);
  return backendMessage('E', fields.toBuffer());
}
