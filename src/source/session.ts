import { asCdcError, CdcError } from '../domain/errors.ts';
import { type Lsn, lsnFromHalves, lsnHalves } from '../domain/lsn.ts';
import type { DecodeControl, FrameDecoder } from './decode/frame-decoder.ts';
import { readKeepalive } from './keepalive.ts';
import { type LinkEvents, ReplicationLink } from './replication-link.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { SourceStream, StreamHandler, StreamRequest } from './source.ts';
import { StatusReporter } from './status-reporter.ts';
import type { StreamConnection } from './stream-connection.ts';
import type { StreamProtocol } from './stream-protocol.ts';

const START_LIMIT_MS = 30_000;
const MAX_STATUS_INTERVAL_MS = 10_000;
const MIN_SILENCE_MS = 60_000;

export type SetTimer = (callback: () => void, ms: number) => () => void;

/** Clock and timers of a stream; the defaults are the real ones. */
export interface StreamOptions {
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number;
  /** Calls back once; the result cancels. */
  readonly setTimer?: SetTimer;
}

/**
 * Opens a logical stream, held: nothing is handed over before the first `resume()`. Resolves when the server has started
 * to stream. Errors: SOURCE_*, DIALECT_MISMATCH, SLOT_LOST, SLOT_IN_USE, and INTERNAL for a start position of 0.
 */
export async function openStream(
  request: StreamRequest,
  handler: StreamHandler,
  protocol: StreamProtocol,
  options: StreamOptions = {},
): Promise<SourceStream> {
  const session = new StreamSession(request, handler, protocol, options);
  await session.start();
  return session;
}

class StreamSession implements SourceStream, LinkEvents, DecodeControl {
  readonly ended: Promise<void>;
  readonly #handler: StreamHandler;
  readonly #protocol: StreamProtocol;
  readonly #decoder: FrameDecoder;
  readonly #now: () => number;
  readonly #setTimer: SetTimer;
  readonly #connection: StreamConnection;
  readonly #link: ReplicationLink;
  readonly #status: StatusReporter;
  #watch: SilenceWatch | null = null;
  #statusIntervalMs = MAX_STATUS_INTERVAL_MS;
  #silenceMs = MIN_SILENCE_MS;
  /** Of the one timer that runs: the start limit, then the status interval. */
  #cancelTimer: () => void = () => undefined;
  #resolveStarted: () => void = () => undefined;
  #resolveEnded: () => void = () => undefined;
  #rejectEnded: (error: CdcError) => void = () => undefined;
  #closed: Promise<void> | null = null;
  /** The owner lets the stream flow. */
  #isWanted = false;
  /** Answers of the catalog that the decoder waits for. */
  #pendingWork = 0;

  constructor(request: StreamRequest, handler: StreamHandler, protocol: StreamProtocol, options: StreamOptions) {
    this.#handler = handler;
    this.#protocol = protocol;
    this.#decoder = protocol.decoder({ handler, control: this, holdFor: (work) => this.#holdFor(work) });
    this.#now = options.now ?? (() => performance.now());
    this.#setTimer = options.setTimer ?? realTimer;
    this.ended = new Promise((resolve, reject) => {
      this.#resolveEnded = resolve;
      this.#rejectEnded = reject;
    });
    // The owner listens from when it has the stream; an end before that is the rejection of `openStream`.
    this.ended.catch(() => undefined);
    this.#status = new StatusReporter({
      startLsn: request.startLsn,
      send: (flushed, ping) => this.#link.sendStatus(flushed, ping),
      failed: (error) => this.#fail(error),
      now: this.#now,
      setTimer: this.#setTimer,
    });
    this.#connection = protocol.connection();
    this.#link = new ReplicationLink({
      request,
      protocol,
      connection: this.#connection,
      events: this,
      setTimer: this.#setTimer,
    });
  }

  get receivedLsn(): Lsn {
    return this.#status.receivedLsn;
  }

  get confirmedLsn(): Lsn {
    return this.#status.confirmedLsn;
  }

  get isPaused(): boolean {
    return !this.#isWanted;
  }

  pause(): void {
    this.#isWanted = false;
    this.#connection.hold();
  }

  resume(): void {
    this.#isWanted = true;
    if (this.#pendingWork === 0) this.#connection.release();
  }

  mayGoOn(): boolean {
    return this.#connection.mayGoOn();
  }

  reached(lsn: Lsn): void {
    const { lsnHigh, lsnLow } = lsnHalves(lsn);
    this.#status.received(lsnHigh, lsnLow);
  }

  confirm(lsn: Lsn): void {
    this.#status.confirm(lsn);
  }

  ping(): void {
    this.#protocol.asked();
    this.#status.report(true);
  }

  async start(): Promise<void> {
    const started = new Promise<void>((resolve) => {
      this.#resolveStarted = resolve;
    });
    this.#cancelTimer = this.#setTimer(
      () => this.#fail(silent('did not start the stream', START_LIMIT_MS)),
      START_LIMIT_MS,
    );
    this.#link.start();
    await Promise.race([started, this.ended]);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  connected(serverTimeoutMs: number): void {
    if (serverTimeoutMs === 0) return;
    this.#statusIntervalMs = Math.max(1, Math.min(MAX_STATUS_INTERVAL_MS, Math.floor(serverTimeoutMs / 3)));
    this.#silenceMs = Math.max(MIN_SILENCE_MS, 2 * serverTimeoutMs);
  }

  started(): void {
    this.#connection.hold();
    this.#cancelTimer();
    this.#watch = new SilenceWatch(this.#silenceMs, this.#now());
    this.#cancelTimer = this.#setTimer(() => this.#tick(), this.#statusIntervalMs);
    this.#resolveStarted();
  }

  frame(bytes: Buffer, start: number, end: number, lsnHigh: number, lsnLow: number): void {
    // Before decoding: a commit may be confirmed within its own handler.
    this.#status.received(lsnHigh, lsnLow);
    try {
      this.#decoder.frame(bytes, start, end, lsnHigh, lsnLow);
    } catch (error) {
      this.#failAndThrow(error);
    }
  }

  get hasRest(): boolean {
    return this.#decoder.hasRest;
  }

  goOn(): void {
    try {
      this.#decoder.goOn();
    } catch (error) {
      this.#failAndThrow(error);
    }
  }

  idle(): void {
    // Also called while the session is being set up.
    if (this.#watch === null) return;
    try {
      this.#handler.idle();
    } catch (error) {
      this.#failAndThrow(error);
    }
  }

  copyData(body: Buffer): void {
    try {
      const { lsnHigh, lsnLow, wantsReply } = readKeepalive(body);
      this.#status.received(lsnHigh, lsnLow);
      const { lsn, reach } = this.#protocol.judge(lsnFromHalves(lsnHigh, lsnLow));
      this.#handler.keepalive(lsn, reach);
      // Afterwards: the answer may carry what the keepalive itself made confirmable.
      if (wantsReply) this.#status.report(false);
    } catch (error) {
      this.#failAndThrow(error);
    }
  }

  lost(error: CdcError): void {
    this.#fail(error);
  }

  /** The decoder needs the outcome of `work` before it can go on, whatever the owner wants. */
  #holdFor(work: Promise<void>): void {
    this.#pendingWork++;
    this.#connection.hold();
    work.then(
      () => {
        this.#pendingWork--;
        if (this.#pendingWork === 0 && this.#isWanted) this.#connection.release();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** Status even while paused: the walsender drops us after wal_sender_timeout, whatever our backlog is. */
  #tick(): void {
    this.#cancelTimer = this.#setTimer(() => this.#tick(), this.#statusIntervalMs);
    const { isHeld: isPaused, receivedBytes } = this.#connection;
    if (this.#watch?.isSilent({ now: this.#now(), receivedBytes, isPaused })) {
      this.#fail(silent('sent nothing', this.#silenceMs));
      return;
    }
    // A ping while we do not read would only pile up answers.
    this.#status.report(!isPaused);
  }

  /** The stream is over for the reason given; the throw keeps the splitter from going on. */
  #failAndThrow(error: unknown): never {
    this.#fail(error);
    throw error;
  }

  /** The first reason counts; after our own close every end is the one we asked for. */
  #fail(error: unknown): void {
    if (this.#closed !== null) return;
    this.#stopTimers();
    this.#closed = this.#link.destroy();
    this.#rejectEnded(asCdcError(error));
  }

  async #close(): Promise<void> {
    this.#status.report(false);
    this.#stopTimers();
    await this.#link.finish();
    this.#resolveEnded();
  }

  #stopTimers(): void {
    this.#cancelTimer();
    this.#status.stop();
  }
}

function silent(what: string, limitMs: number): CdcError {
  return new CdcError('SOURCE_SILENT', `the server ${what} within ${limitMs / 1000} s`);
}

/** Calls back once after `ms`; the result cancels. */
export function realTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
