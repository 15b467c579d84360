import type { ByteWriter } from '../../domain/byte-writer.ts';
import { DASH, DIGIT_0, DOT } from './ascii.ts';
import { appendBase64 } from './base64.ts';
import { appendInteger } from './integer.ts';

const TWO_32 = 2 ** 32;

const scratch = Buffer.alloc(8);
const longScratch = Buffer.alloc(16);

/** Appends an unscaled value as big-endian two's complement without excess bytes (0 is one byte), as Java's BigInteger. */
export function appendUnscaled(value: number | bigint, out: ByteWriter): void {
  const bytes = twosComplement(value);
  out.append(bytes, excess(bytes), bytes.length);
}

/** Appends `appendUnscaled` in base64. */
export function appendUnscaledBase64(value: number | bigint, out: ByteWriter): void {
  const bytes = twosComplement(value);
  appendBase64(bytes, excess(bytes), bytes.length, out);
}

/** How many bytes `appendUnscaled` takes. */
export function unscaledLength(value: number | bigint): number {
  const bytes = twosComplement(value);
  return bytes.length - excess(bytes);
}

/** Appends an unscaled value as plain digits with `scale` of them behind the point: `-0.01`. */
export function appendUnscaledText(value: number | bigint, scale: number, out: ByteWriter): void {
  const isNegative = value < 0;
  if (isNegative) out.reserve(1)[out.position++] = DASH;
  const start = out.position;
  appendInteger(isNegative ? -value : value, out);
  if (scale === 0) return;
  // One more digit than the scale, for the zero before the point.
  const missing = Math.max(scale + 1 - (out.position - start), 0);
  const target = out.reserve(missing + 1);
  target.copyWithin(start + missing, start, out.position);
  target.fill(DIGIT_0, start, start + missing);
  const point = out.position + missing - scale;
  target.copyWithin(point + 1, point, out.position + missing);
  target[point] = DOT;
  out.position += missing + 1;
}

/** Eight bytes for a number and 16 for most bigints, in buffers that are used again; else enough bytes. */
function twosComplement(value: number | bigint): Buffer {
  if (typeof value === 'bigint') return largeTwosComplement(value);
  scratch.writeInt32BE(Math.floor(value / TWO_32), 0);
  scratch.writeUInt32BE(value >>> 0, 4);
  return scratch;
}

function largeTwosComplement(value: bigint): Buffer {
  if (BigInt.asIntN(128, value) === value) {
    longScratch.writeBigInt64BE(value >> 64n, 0);
    longScratch.writeBigUInt64BE(BigInt.asUintN(64, value), 8);
    return longScratch;
  }
  // Hex of a bigint takes linear time; one byte more than the magnitude holds any sign.
  const byteCount = Math.ceil((value < 0n ? -value : value).toString(16).length / 2) + 1;
  const hex = BigInt.asUintN(byteCount * 8, value).toString(16);
  return Buffer.from(hex.padStart(byteCount * 2, '0'), 'hex');
}

/** How many leading bytes only repeat the sign. */
function excess(bytes: Buffer): number {
  const sign = bytes[0]! >= 0x80 ? 0xff : 0;
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === sign && (bytes[at + 1]! ^ sign) < 0x80) at++;
  return at;
}
