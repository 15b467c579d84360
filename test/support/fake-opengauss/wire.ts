import { ByteSink } from '../byte-sink.ts';
import { backendMessage } from '../wal-builder.ts';
import type { ServerError } from './server-error.ts';

export interface ResultColumn {
  readonly name: string;
  readonly typeOid: number;
}

/** Microseconds from 1970 to 2000, the epoch of the replication protocol. */
export const EPOCH_2000_US = 946_684_800_000_000n;
const KEEPALIVE_BYTES = 33;
const STATUS_BYTES = 65;

export const AUTHENTICATION_OK = authentication(new ByteSink().uint32(0).toBuffer());
export const PARSE_COMPLETE = backendMessage('1');
export const BIND_COMPLETE = backendMessage('2');
export const CLOSE_COMPLETE = backendMessage('3');
export const NO_DATA = backendMessage('n');
export const EMPTY_QUERY = backendMessage('I');

export function authentication(body: Buffer): Buffer {
  return backendMessage('R', body);
}

export function parameterStatus(name: string, value: string): Buffer {
  return backendMessage('S', new ByteSink().text(name).text(value).toBuffer());
}

export function backendKeyData(pid: number): Buffer {
  return backendMessage('K', new ByteSink().uint32(pid).uint32(1).toBuffer());
}

/** `I` idle, `T` in a transaction, `E` in a failed one. */
export function readyForQuery(status: 'I' | 'T' | 'E'): Buffer {
  return backendMessage('Z', Buffer.from(status));
}

export function commandComplete(tag: string): Buffer {
  return backendMessage('C', new ByteSink().text(tag).toBuffer());
}

/** Fields in the server's order (S, c, M, C, d, D, H, W); there is no V, and `c` and `d` are not column and type. */
export function errorResponse({ code, message, details }: ServerError, severity: 'ERROR' | 'FATAL'): Buffer {
  const fields: [string, string | undefined][] = [
    ['S', severity],
    ['c', String(details.internalCode ?? 0)],
    ['M', message],
    ['C', code],
    ['d', details.module ?? 'BACKEND'],
    ['D', details.detail],
    ['H', details.hint],
    ['W', details.where],
  ];
  const body = new ByteSink();
  for (const [tag, value] of fields) if (value !== undefined) body.tag(tag).text(value);
  return backendMessage('E', body.uint8(0).toBuffer());
}

export function rowDescription(columns: readonly ResultColumn[]): Buffer {
  const body = new ByteSink().uint16(columns.length);
  for (const { name, typeOid } of columns) {
    body.text(name).uint32(0).uint16(0).uint32(typeOid).uint16(0xffff).int32(-1).uint16(0);
  }
  return backendMessage('T', body.toBuffer());
}

export function dataRow(values: readonly (string | null)[]): Buffer {
  const body = new ByteSink().uint16(values.length);
  for (const value of values) {
    if (value === null) body.int32(-1);
    else {
      const bytes = Buffer.from(value);
      body.int32(bytes.length).bytes(bytes);
    }
  }
  return backendMessage('D', body.toBuffer());
}

/** XLogData as PostgreSQL has it, but `walEnd` repeats `dataStart`. */
export function xlogData(dataStart: bigint, timeUs: bigint, payload: Buffer): Buffer {
  const header = new ByteSink()
    .tag('w')
    .int64(dataStart)
    .int64(dataStart)
    .int64(timeUs - EPOCH_2000_US);
  return backendMessage('d', header.bytes(payload).toBuffer());
}

/**
 * A keepalive: a C struct as it lies in the server's memory, little-endian. After `k`: walEnd (8), role (4), state (4),
 * time (8), reply requested (1), then flags and padding that hold whatever was there.
 */
export function keepalive(walEnd: bigint, timeUs: bigint, wantsReply: boolean): Buffer {
  const body = Buffer.alloc(KEEPALIVE_BYTES);
  body.write('k');
  body.writeBigUInt64LE(walEnd, 1);
  body.writeInt32LE(1, 9);
  body.writeInt32LE(1, 13);
  body.writeBigInt64LE(timeUs - EPOCH_2000_US, 17);
  body.writeUInt8(wantsReply ? 1 : 0, 25);
  body.write('01120024560000', 26, 'hex');
  return backendMessage('d', body);
}

/** A standby status as openGauss reads it. */
export interface StandbyStatus {
  readonly received: bigint;
  readonly written: bigint;
  /** The one that moves the slot. */
  readonly flushed: bigint;
  readonly applied: bigint;
  readonly applyRead: bigint;
  readonly peerRole: number;
  readonly peerState: number;
  readonly timeUs: bigint;
  readonly wantsReply: boolean;
  readonly replyFlags: number;
}

/** Reads `r` and its 64-byte struct, little-endian; null when it is anything else. Padding must be zero. */
export function readStatus(body: Buffer): StandbyStatus | null {
  if (body[0] !== 0x72 || body.length !== STATUS_BYTES || body.readUIntLE(58, 3) !== 0) return null;
  return {
    received: body.readBigUInt64LE(1),
    written: body.readBigUInt64LE(9),
    flushed: body.readBigUInt64LE(17),
    applied: body.readBigUInt64LE(25),
    applyRead: body.readBigUInt64LE(33),
    peerRole: body.readInt32LE(41),
    peerState: body.readInt32LE(45),
    timeUs: body.readBigInt64LE(49) + EPOCH_2000_US,
    wantsReply: body.readUInt8(57) === 1,
    replyFlags: body.readUInt32LE(61),
  };
}
