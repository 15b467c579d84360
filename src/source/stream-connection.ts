import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { asCdcError } from '../domain/errors.ts';
import type { FrameDecoder } from './decode/frame-decoder.ts';
import { type FrameReceiver, MessageSplitter } from './message-splitter.ts';
import type { ConnectionConfig } from './transport.ts';

/** What hears a stream: frames in stream order, and `idle` whenever all received bytes were handed over. */
export interface FrameHandler extends FrameDecoder {
  idle(): void;
}

/** pg's Connection as it is (8.23, lib/connection.js); its type declarations leave most of it out. */
interface PgConnection extends EventEmitter {
  readonly stream: Duplex;
  attachListeners(stream: Duplex): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}
const PgConnection = pg.Connection as unknown as new (config: ConnectionConfig) => PgConnection;

/** Messages, or changes within one, handed over per turn of the event loop; then timers and other streams get theirs. */
const MESSAGES_PER_TURN = 512;

/**
 * A pg Connection that hands XLogData frames to a FrameHandler straight from the socket's chunks. All other messages go
 * through pg's own parser and events, in order with the frames; without a handler it is an ordinary Connection.
 */
export class StreamConnection extends PgConnection {
  #handler: FrameHandler | null = null;
  #splitter: MessageSplitter | null = null;
  #isHeld = false;
  #isSocketPaused = false;
  #isWalking = false;
  #isDead = false;
  #turnScheduled = false;
  #messagesLeft = MESSAGES_PER_TURN;
  /** Counts all bytes received: tells a silent peer from a talking one. */
  receivedBytes = 0;

  /** Sets who gets frames. To be called before `connect`; later calls replace the handler. */
  listen(handler: FrameHandler): void {
    this.#handler = handler;
  }

  /** See DecodeControl. */
  mayGoOn(): boolean {
    return !this.#isHeld && !this.#isDead && --this.#messagesLeft > 0;
  }

  /**
   * For dialects that differ on the wire: sees every message that is no XLogData, whole and with its header, before pg's
   * parser does. Returns what the parser gets; null: nothing.
   */
  protected incoming(message: Buffer): Buffer | null {
    return message;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Nothing is handed over after the message being handled now; the socket is paused. */
  hold(): void {
    this.#isHeld = true;
    this.#splitter?.stop();
    this.#pauseSocket();
  }

  /** Goes on with what was kept, in a later turn (never within the caller's), then lets the socket flow. */
  release(): void {
    this.#isHeld = false;
    this.#scheduleTurn();
  }

  override attachListeners(stream: Duplex): void {
    const relay = new EventEmitter();
    super.attachListeners(relay as Duplex);
    const frames: FrameReceiver | null = this.#handler && {
      frame: (bytes, start, end, lsnHigh, lsnLow) => {
        this.#handler!.frame(bytes, start, end, lsnHigh, lsnLow);
        if (this.#hasFrameRest) this.#splitter?.stop();
      },
    };
    const splitter = new MessageSplitter(frames, (bytes) => {
      const message = this.incoming(bytes);
      if (message !== null) relay.emit('data', message);
    });
    this.#splitter = splitter;
    stream.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
      splitter.push(chunk);
      this.#scheduleTurn();
      this.#walk();
    });
    // Node tells the end of input at once, paused or not, and closes then: the server's last words may still be waiting.
    stream.once('end', () => {
      this.#messagesLeft = Number.POSITIVE_INFINITY;
      this.#walk();
    });
    stream.once('close', () => {
      this.#isDead = true;
    });
  }

  /** Hands over what is there, unless held or the turn's share is used up; lets the socket flow when nothing is left. */
  #walk(): void {
    const splitter = this.#splitter;
    if (splitter === null || this.#isWalking) return;
    this.#guard(() => this.#handOver(splitter));
    if (splitter.hasRest || this.#hasFrameRest) this.#pauseSocket();
    if (this.#isDone) this.#resumeSocket();
    else this.#scheduleTurn();
  }

  #handOver(splitter: MessageSplitter): void {
    if (this.#hasFrameRest) this.#handler!.goOn();
    if (this.#hasFrameRest || this.#isHeld) return;
    this.#messagesLeft -= splitter.walk(Math.max(0, this.#messagesLeft));
  }

  /** The decoder stopped within a frame. */
  get #hasFrameRest(): boolean {
    return this.#handler?.hasRest === true;
  }

  /** Once per turn of the event loop in which something came or was released: with many small reads, not once for each. */
  #turn(): void {
    this.#turnScheduled = false;
    this.#messagesLeft = MESSAGES_PER_TURN;
    this.#walk();
    if (this.#isDone && this.stream.readableLength === 0) this.#guard(() => this.#handler?.idle());
  }

  /** Everything received was handed over, and more would be. */
  get #isDone(): boolean {
    return !this.#isHeld && !this.#isDead && !this.#hasFrameRest && this.#splitter?.hasRest === false;
  }

  /** Calls receivers. An error of theirs is the end of the stream: nothing after it may be handed over. */
  #guard(callReceivers: () => void): void {
    if (this.#isHeld || this.#isDead) return;
    this.#isWalking = true;
    try {
      callReceivers();
    } catch (error) {
      this.#isDead = true;
      this.stream.destroy(error instanceof Error ? error : asCdcError(error));
    } finally {
      this.#isWalking = false;
    }
  }

  #scheduleTurn(): void {
    if (this.#turnScheduled || this.#isHeld || this.#isDead) return;
    this.#turnScheduled = true;
    setImmediate(() => this.#turn());
  }

  #pauseSocket(): void {
    if (this.#isSocketPaused) return;
    this.#isSocketPaused = true;
    this.stream.pause();
  }

  #resumeSocket(): void {
    if (!this.#isSocketPaused || this.#isDead) return;
    this.#isSocketPaused = false;
    this.stream.resume();
  }
}
