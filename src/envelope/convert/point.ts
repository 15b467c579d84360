import type { ByteWriter } from '../../domain/byte-writer.ts';
import { COMMA } from './ascii.ts';
import { conversionError } from './conversion-error.ts';
import { readFloat } from './float.ts';

const EXPECTED = 'a point (x,y)';
const OPEN = 0x28;
const CLOSE = 0x29;
const LITTLE_ENDIAN = 1;
const WKB_POINT = 1;
const WKB_SIZE = 21;

/** Both coordinates of a point. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Reads `(1.5,-2)`. Throws CONVERSION_FAILED. */
export function readPoint(bytes: Buffer, start: number, end: number): Point {
  const comma = bytes.subarray(start, end).indexOf(COMMA) + start;
  const isPair = end - start >= 5 && bytes[start] === OPEN && bytes[end - 1] === CLOSE && comma > start;
  if (!isPair) throw conversionError(EXPECTED);
  return { x: readFloat(bytes, start + 1, comma), y: readFloat(bytes, comma + 1, end - 1) };
}

/**
 * Appends a point as well-known binary, 21 bytes:
 *
 *     0  byte order, 1 = little-endian
 *     1  int32 geometry type, 1 = point
 *     5  float64 x
 *    13  float64 y
 */
export function appendWkb({ x, y }: Point, out: ByteWriter): void {
  const target = out.reserve(WKB_SIZE);
  const at = out.position;
  target[at] = LITTLE_ENDIAN;
  target.writeInt32LE(WKB_POINT, at + 1);
  target.writeDoubleLE(x, at + 5);
  target.writeDoubleLE(y, at + 13);
  out.position += WKB_SIZE;
}
