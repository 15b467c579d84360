import { ByteWriter } from '../../domain/byte-writer.ts';
import { DIGIT_0 } from './ascii.ts';
import { appendBase64 } from './base64.ts';
import { conversionError } from './conversion-error.ts';

const EXPECTED = 'bits (0 and 1)';

const scratch = new ByteWriter(16);

/** The bit of a bit(1) or varbit(1); null if it is empty. Throws CONVERSION_FAILED. */
export function readBit(bytes: Buffer, start: number, end: number): boolean | null {
  if (start === end) return null;
  if (end - start > 1) throw conversionError('a single bit');
  return bitAt(bytes, start) === 1;
}

/** Appends bits as bytes, the last bit lowest, the lowest byte first, without zero bytes at the top. Throws CONVERSION_FAILED. */
export function writeBits(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  const target = out.reserve(Math.ceil((end - start) / 8));
  let at = out.position;
  let length = at;
  for (let low = end; low > start; low -= 8) {
    let byte = 0;
    for (let i = Math.max(low - 8, start); i < low; i++) byte = (byte << 1) | bitAt(bytes, i);
    target[at++] = byte;
    if (byte !== 0) length = at;
  }
  out.position = length;
}

/** Appends `writeBits` in base64. */
export function writeBitsBase64(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  scratch.position = 0;
  writeBits(bytes, start, end, scratch);
  appendBase64(scratch.bytes, 0, scratch.position, out);
}

function bitAt(bytes: Buffer, at: number): number {
  const bit = bytes[at]! - DIGIT_0;
  if (bit !== 0 && bit !== 1) throw conversionError(EXPECTED);
  return bit;
}
