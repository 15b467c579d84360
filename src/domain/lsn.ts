/** A WAL position: byte offset into the write-ahead log, unsigned 64 bit. Text form `X/Y` only at the edges. */
export type Lsn = bigint & { readonly __lsn: unique symbol };

export const LSN_ZERO = 0n as Lsn;

const MAX_LSN = 0xffff_ffff_ffff_ffffn;
const LSN_TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** Brands a bigint as an LSN. Throws RangeError outside 0 … 2^64-1: a position must never wrap. */
export function toLsn(value: bigint): Lsn {
  if (value < 0n || value > MAX_LSN) throw new RangeError(`LSN out of range: ${value}`);
  return value as Lsn;
}

/** Joins the two 32-bit halves of the wire form (each 0 … 2^32-1). */
export function lsnFromHalves(high: number, low: number): Lsn {
  return ((BigInt(high) << 32n) | BigInt(low)) as Lsn;
}

/** The 32-bit halves of an LSN. */
export function lsnHalves(lsn: Lsn): { lsnHigh: number; lsnLow: number } {
  return { lsnHigh: Number(lsn >> 32n), lsnLow: Number(lsn & 0xffff_ffffn) };
}

/** Reads a big-endian LSN at `offset` (PostgreSQL wire format). */
export function readLsn(bytes: Buffer, offset: number): Lsn {
  return bytes.readBigUInt64BE(offset) as Lsn;
}

/** Parses `X/Y`. Throws RangeError when the text is not an LSN. */
export function parseLsn(text: string): Lsn {
  const match = LSN_TEXT.exec(text);
  if (!match) throw new RangeError(`not an LSN: ${text}`);
  return lsnFromHalves(Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16));
}

/** Prints `X/Y` in upper-case hex without padding, as the server does. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;
}

export function maxLsn(a: Lsn, b: Lsn): Lsn {
  return a > b ? a : b;
}
