import { LogicalReplicationService } from 'pg-logical-replication';
import { CdcError } from '../domain/errors.ts';
import { formatLsn, type Lsn, toLsn } from '../domain/lsn.ts';
import type { StreamRequest } from './source.ts';
import { toSourceError } from './source-errors.ts';
import { startReplication } from './start-replication.ts';
import type { FrameHandler, StreamConnection } from './stream-connection.ts';
import type { StreamProtocol } from './stream-protocol.ts';

const CLOSE_LIMIT_MS = 2_000;
const DISCARD: FrameHandler = { frame: () => undefined, hasRest: false, goOn: () => undefined, idle: () => undefined };

/** What a link reports. `lost` comes once, for whatever reason other than our own `finish` or `destroy`. */
export interface LinkEvents extends FrameHandler {
  /** Logged in; START_REPLICATION goes out next. */
  connected(serverTimeoutMs: number): void;
  started(): void;
  /** A CopyData message other than XLogData, in order with the frames. */
  copyData(body: Buffer): void;
  lost(error: CdcError): void;
}

export interface LinkParts {
  readonly request: StreamRequest;
  readonly protocol: StreamProtocol;
  readonly connection: StreamConnection;
  readonly events: LinkEvents;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

/** One replication connection from login to its end, over pg-logical-replication; owns every promise and error of it. */
export class ReplicationLink {
  readonly #parts: LinkParts;
  readonly #connection: StreamConnection;
  readonly #service: LogicalReplicationService;
  #copy: Promise<void> = Promise.resolve();
  #isConnected = false;
  #isOver = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#connection = parts.connection;
    const config = parts.protocol.clientConfig(parts.connection);
    // Its automatic acknowledgement and its timer confirm what was merely received (design §5.6).
    this.#service = new LogicalReplicationService(config, { acknowledge: { auto: false, timeoutSeconds: 0 } });
    this.#listen();
  }

  start(): void {
    const { slot, startLsn } = this.#parts.request;
    const plugin = startReplication(this.#parts.protocol, (ms) => {
      this.#isConnected = true;
      this.#parts.events.connected(ms);
    });
    // The library's promise lasts as long as the stream.
    this.#copy = this.#service.subscribe(plugin, slot, formatLsn(startLsn)).then(
      () => this.#lost('the server ended the stream'),
      (error: unknown) => this.#end(this.#classify(error)),
    );
  }

  /** Sends a standby status for exactly `flushed`: the library adds 1 to what it is given (design §5.6). */
  sendStatus(flushed: Lsn, ping: boolean): void {
    this.#service
      .acknowledge(formatLsn(toLsn(flushed - 1n)), ping)
      .catch((error: unknown) => this.#end(this.#classify(error)));
  }

  /** Ends the stream in agreement with the server, or without it after two seconds. Never rejects. */
  async finish(): Promise<void> {
    this.#isOver = true;
    // What still comes is not wanted, but must be read to reach the server's own end of the stream.
    this.#connection.listen(DISCARD);
    this.#connection.endCopyFrom();
    this.#connection.release();
    await this.#withinLimit(this.#copy.then(() => this.#service.stop()));
    await this.destroy();
  }

  /** Cuts the connection. Never rejects. */
  async destroy(): Promise<void> {
    this.#isOver = true;
    this.#connection.listen(DISCARD);
    this.#connection.stream.destroy();
    // Later than now: within the very 'end' event, pg would wait for another one.
    await this.#withinLimit(Promise.resolve().then(() => this.#service.stop()));
    // `stop` removes all listeners, and an 'error' without a listener ends the process.
    this.#connection.on('error', () => undefined);
  }

  /** Each end shows itself at the connection first; what pg and the library make of it then finds the link over. */
  #listen(): void {
    const { events } = this.#parts;
    const failed = (error: unknown) => this.#end(this.#classify(error));
    this.#connection.listen(events);
    this.#connection.on('error', failed);
    this.#connection.on('errorMessage', failed);
    this.#connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
      if (!this.#isOver) events.copyData(chunk);
    });
    this.#connection.on('copyDone', () => this.#lost('the server ended the stream'));
    this.#connection.on('end', () => this.#lost('the server closed the connection'));
    this.#service.on('error', failed);
    this.#service.on('start', () => events.started());
  }

  #end(error: CdcError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.events.lost(error);
  }

  #lost(what: string): void {
    this.#end(new CdcError('SOURCE_CONNECTION_LOST', `${this.#context()}: ${what}`));
  }

  #classify(error: unknown): CdcError {
    return toSourceError(error, this.#context());
  }

  /** The word "slot" tells the classification that a missing object is the slot. */
  #context(): string {
    const { endpoint, slot } = this.#parts.request;
    const where = `${endpoint.host}:${endpoint.replicationPort ?? endpoint.port} database ${endpoint.database}`;
    return this.#isConnected ? `replication slot ${slot} on ${where}` : `cannot connect to ${where}`;
  }

  #withinLimit(work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.setTimer(resolve, CLOSE_LIMIT_MS);
      const done = () => {
        cancel();
        resolve();
      };
      work.then(done, done);
    });
  }
}
