import { CdcError } from '../../domain/errors.ts';

/**
 * openGauss copies C structs of the server onto the wire: little-endian on every platform it runs on, padding included.
 * Source: openGauss src/include/replication/walprotocol.h, walsender.cpp; recordings of 7.0.
 *
 * | keepalive, server | at | bytes | | status, client | at | bytes |
 * |---|---|---|---|---|---|---|
 * | `k` | 0 | 1 | | `r` | 0 | 1 |
 * | WAL end | 1 | 8 | | received | 1 | 8 |
 * | role, state | 9 | 8 | | written | 9 | 8 |
 * | clock | 17 | 8 | | flushed: confirms | 17 | 8 |
 * | reply requested | 25 | 1 | | applied | 25 | 8 |
 * | flags, padding | 26 | 7 | | apply read | 33 | 8 |
 * | | | | | role, state | 41 | 8 |
 * | | | | | clock | 49 | 8 |
 * | | | | | reply requested | 57 | 1 |
 * | | | | | padding, flags | 58 | 7 |
 */
const KEEPALIVE = 0x6b; // k
const STATUS = 0x72; // r
const KEEPALIVE_BYTES = 33;
const STATUS_BYTES = 65;

/** PostgreSQL's, big-endian: `k`, WAL end, clock, reply; `r`, written, flushed, applied, clock, reply. */
const PG_KEEPALIVE_BYTES = 18;
const PG_STATUS_BYTES = 34;
const HEADER_BYTES = 5;

/**
 * A CopyData message of a stream, whole: openGauss' keepalive becomes PostgreSQL's, others stay as they are.
 * Errors: DECODE_FAILED for a keepalive of any other length.
 */
export function postgresKeepalive(message: Buffer): Buffer {
  if (message[HEADER_BYTES] !== KEEPALIVE) return message;
  const body = message.subarray(HEADER_BYTES);
  if (body.length !== KEEPALIVE_BYTES) throw unknownKeepalive(body);
  const result = Buffer.alloc(HEADER_BYTES + PG_KEEPALIVE_BYTES);
  result[0] = message[0]!;
  result.writeUInt32BE(4 + PG_KEEPALIVE_BYTES, 1);
  result[5] = KEEPALIVE;
  result.writeBigUInt64BE(body.readBigUInt64LE(1), 6);
  result.writeBigUInt64BE(body.readBigUInt64LE(17), 14);
  result[22] = body[25] === 0 ? 0 : 1;
  return result;
}

/**
 * The body of a CopyData message to the server: PostgreSQL's status becomes openGauss', others stay as they are. What
 * PostgreSQL's has no field for is 0, but applied: where storage is shared the server confirms that instead of flushed.
 */
export function openGaussStatus(body: Buffer): Buffer {
  if (body[0] !== STATUS || body.length !== PG_STATUS_BYTES) return body;
  const written = body.readBigUInt64BE(1);
  const flushed = body.readBigUInt64BE(9);
  const result = Buffer.alloc(STATUS_BYTES);
  result[0] = STATUS;
  for (const at of [1, 9]) result.writeBigUInt64LE(written, at);
  for (const at of [17, 25, 33]) result.writeBigUInt64LE(flushed, at);
  result.writeBigUInt64LE(body.readBigUInt64BE(25), 49);
  result[57] = body[33]!;
  return result;
}

function unknownKeepalive(body: Buffer): CdcError {
  const reason = `keepalive of ${body.length} bytes instead of ${KEEPALIVE_BYTES}`;
  const data = { hex: body.toString('hex', 0, 64), reason, lsn: null };
  return new CdcError('DECODE_FAILED', `cannot read the byte stream: ${reason}`, { data });
}
