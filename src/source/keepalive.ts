import { decodeError } from './decode/decode-error.ts';

/** `k`, WAL end (8), clock (8), reply requested (1). Source: PostgreSQL docs, Streaming Replication Protocol. */
const KEEPALIVE = 0x6b;
const KEEPALIVE_BYTES = 18;

export interface Keepalive {
  readonly lsnHigh: number;
  readonly lsnLow: number;
  readonly wantsReply: boolean;
}

/** Reads a CopyData body that is not XLogData: a keepalive, or DECODE_FAILED. */
export function readKeepalive(body: Buffer): Keepalive {
  if (body[0] !== KEEPALIVE || body.length !== KEEPALIVE_BYTES) {
    const place = { bytes: body, start: 0, end: body.length, lsnHigh: 0, lsnLow: 0 };
    throw decodeError('unknown message within the stream', place);
  }
  return { lsnHigh: body.readUInt32BE(1), lsnLow: body.readUInt32BE(5), wantsReply: body[17] === 1 };
}
