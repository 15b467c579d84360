import { CdcError } from '../domain/errors.ts';
import type { FrameDecoder } from './decode/frame-decoder.ts';

/** Who gets XLogData payloads. */
export type FrameReceiver = Pick<FrameDecoder, 'frame'>;

/**
 * Backend messages are: type (1 byte), int32 length (counts itself, not the type), body. XLogData is a CopyData message:
 *
 * | at | bytes | |
 * |---|---|---|
 * | 0 | 1 | `d` CopyData |
 * | 1 | 4 | length |
 * | 5 | 1 | `w` XLogData |
 * | 6 | 8 | WAL start |
 * | 14 | 8 | WAL end |
 * | 22 | 8 | clock |
 * | 30 | … | payload |
 *
 * Source: PostgreSQL docs, "Message Formats" and "Streaming Replication Protocol".
 */
const HEADER_BYTES = 5;
const PAYLOAD_AT = 30;
const COPY_DATA = 0x64; // d
const XLOG_DATA = 0x77; // w
const COPY_BOTH = 0x57; // W
const READY_FOR_QUERY = 0x5a; // Z

/** The server allocates at most 1 GiB - 1 for a message body (MaxAllocSize); a little more covers headers. */
const MAX_LENGTH = 0x4000_0400;
const HEX_BYTES = 64;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a byte stream into messages and hands them over in order: XLogData payloads to `frames` as places in the received
 * chunk, every other message, whole and with its header, to `message`. No copy, but for a message that two chunks share.
 * Where nobody wants frames, or before the server switched to CopyBoth, CopyData is an ordinary message (rows of COPY).
 */
export class MessageSplitter {
  readonly #frames: FrameReceiver | null;
  readonly #message: (bytes: Buffer) => void;
  #bytes: Buffer = NOTHING;
  #at = 0;
  /** Chunks behind `#bytes`. */
  #waiting: Buffer[] = [];
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** The message that the last chunk left incomplete, at its full length: however many chunks it takes, it is copied once. */
  #partial: Buffer | null = null;
  #partialBytes = 0;
  #streaming = false;
  #stopped = false;

  constructor(frames: FrameReceiver | null, message: (bytes: Buffer) => void) {
    this.#frames = frames;
    this.#message = message;
  }

  /** Adds received bytes behind those not yet walked. The splitter owns them from now on. */
  push(chunk: Buffer): void {
    if (this.hasRest) this.#waiting.push(chunk);
    else this.#open(chunk);
  }

  /** Bytes that were not looked at yet. The begin of an incomplete message is no rest: nothing can be done with it. */
  get hasRest(): boolean {
    return this.#at < this.#bytes.length || this.#waiting.length > 0;
  }

  /** Ends `walk` after the message being handed over. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Hands over at most `limit` messages; returns how many. Errors: DECODE_FAILED for impossible lengths, and whatever the
   * receivers throw; the stream cannot be walked on after an error.
   */
  walk(limit: number): number {
    let left = limit;
    this.#stopped = false;
    while (left > 0 && !this.#stopped) {
      if (this.#at === this.#bytes.length && !this.#nextChunk()) break;
      left = this.#isWithinMessage ? this.#complete(left) : this.#walkChunk(left);
    }
    return limit - left;
  }

  get #isWithinMessage(): boolean {
    return this.#partial !== null || this.#headerBytes > 0;
  }

  #open(chunk: Buffer): void {
    this.#bytes = chunk;
    this.#at = 0;
  }

  #nextChunk(): boolean {
    const next = this.#waiting.shift();
    this.#open(next ?? NOTHING);
    return next !== undefined;
  }

  #walkChunk(limit: number): number {
    const bytes = this.#bytes;
    const end = bytes.length;
    let at = this.#at;
    let left = limit;
    while (end - at >= HEADER_BYTES) {
      if (left === 0 || this.#stopped) return left;
      const next = at + 1 + lengthAt(bytes, at);
      if (next > end) break;
      // Before the handover: whatever happens there, what is left begins at a boundary.
      this.#at = next;
      this.#handOver(bytes, at, next);
      at = next;
      left--;
    }
    if (left > 0 && !this.#stopped) this.#keepTail(at);
    return left;
  }

  #handOver(bytes: Buffer, at: number, next: number): void {
    if (this.#streaming && bytes[at] === COPY_DATA && next - at > HEADER_BYTES && bytes[at + 5] === XLOG_DATA) {
      if (next - at < PAYLOAD_AT) throw splitError('XLogData without its header', bytes.subarray(at, next));
      this.#frames!.frame(bytes, at + PAYLOAD_AT, next, uint32At(bytes, at + 6), uint32At(bytes, at + 10));
      return;
    }
    const type = bytes[at];
    if (type === COPY_BOTH) this.#streaming = this.#frames !== null;
    // Not at CopyDone: answering ours in mid-transaction, the server sends the rest of the transaction behind it.
    else if (type === READY_FOR_QUERY) this.#streaming = false;
    this.#message(bytes.subarray(at, next));
  }

  /** Keeps the begin of a message from `at` to the chunk's end. */
  #keepTail(at: number): void {
    const bytes = this.#bytes;
    this.#open(NOTHING);
    if (at === bytes.length) return;
    if (bytes.length - at < HEADER_BYTES) {
      this.#headerBytes = bytes.copy(this.#header, 0, at);
      return;
    }
    this.#partial = Buffer.allocUnsafe(1 + lengthAt(bytes, at));
    this.#partialBytes = bytes.copy(this.#partial, 0, at);
  }

  /** Goes on filling the incomplete message; hands it over when it is whole. */
  #complete(limit: number): number {
    if (this.#partial === null) {
      this.#headerBytes += this.#fill(this.#header, this.#headerBytes);
      if (this.#headerBytes < HEADER_BYTES) return limit;
      this.#partial = Buffer.allocUnsafe(1 + lengthAt(this.#header, 0));
      this.#partialBytes = this.#header.copy(this.#partial);
      this.#headerBytes = 0;
    }
    const message = this.#partial;
    this.#partialBytes += this.#fill(message, this.#partialBytes);
    if (this.#partialBytes < message.length) return limit;
    this.#partial = null;
    this.#handOver(message, 0, message.length);
    return limit - 1;
  }

  #fill(target: Buffer, filled: number): number {
    const copied = this.#bytes.copy(target, filled, this.#at);
    this.#at += copied;
    return copied;
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = uint32At(bytes, at + 1);
  if (length < 4 || length > MAX_LENGTH) throw splitError(`message length ${length}`, bytes.subarray(at));
  return length;
}

function uint32At(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function splitError(reason: string, bytes: Buffer): CdcError {
  const hex = bytes.toString('hex', 0, HEX_BYTES);
  return new CdcError('DECODE_FAILED', `cannot split the byte stream: ${reason}`, { data: { hex, reason, lsn: null } });
}
