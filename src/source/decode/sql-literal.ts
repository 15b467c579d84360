import { CELL_NULL, CELL_UNCHANGED } from '../../domain/cell.ts';
import type { FrameReader } from './frame-reader.ts';
import { standsAt } from './line-reading.ts';
import type { LiteralCells } from './literal-cells.ts';

/**
 * Values as openGauss prints them in JSON and text styles (parallel_decode.cpp, PrintLiteral):
 *
 * | type | literal |
 * |---|---|
 * | NULL of any type | `null` |
 * | integers but int16, oid, float4, float8, numeric | output text |
 * | bit, varbit | `B'` output text `'` |
 * | bool | `true`, `false` (output text is `t`, `f`) |
 * | all others | `'` output text, `'` doubled, backslashes not, `'` |
 *
 * So it is the quotes that tell `null` and `true` from texts of these letters.
 */
export const QUOTE = 0x27;
const CAPITAL_B = 0x42;
const MINUS = 0x2d;

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NAN = Buffer.from('NaN');
const INFINITE = Buffer.from('Infinity');
/** Text style only: the old value of a TOAST column that the UPDATE did not touch. */
const UNCHANGED = Buffer.from('unchanged-toast-datum');

/** Takes the literal without quotes at `[start … end)`, `B'…'` included, as a cell. Errors: DECODE_FAILED. */
export function takeBare(reader: FrameReader, cells: LiteralCells, cell: number, start: number, end: number): void {
  const { bytes } = reader;
  const length = end - start;
  const first = bytes[start]!;
  if (length === 0) reader.fail(`column ${cell} has no value`);
  if (isNumeral(first)) cells.plain(cell, start, end);
  else if (length === NULL.length && standsAt(bytes, start, end, NULL)) cells.absent(cell, CELL_NULL);
  else if (length === TRUE.length && standsAt(bytes, start, end, TRUE)) cells.plain(cell, start, start + 1);
  else if (length === FALSE.length && standsAt(bytes, start, end, FALSE)) cells.plain(cell, start, start + 1);
  else if (first === CAPITAL_B) takeBits(reader, cells, cell, start, end);
  else if (length === UNCHANGED.length && standsAt(bytes, start, end, UNCHANGED)) cells.absent(cell, CELL_UNCHANGED);
  else if (standsAt(bytes, start, end, NAN) || standsAt(bytes, start, end, INFINITE)) cells.plain(cell, start, end);
  else reader.fail(`the value of column ${cell} is no literal`);
}

/** Undoes `''` within a literal whose quotes are all doubled. */
export function undouble(bytes: Buffer, start: number, end: number): number {
  let to = start;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at++;
    bytes[to++] = byte;
  }
  return to;
}

function takeBits(reader: FrameReader, cells: LiteralCells, cell: number, start: number, end: number): void {
  const { bytes } = reader;
  if (end - start < 3 || bytes[start + 1] !== QUOTE || bytes[end - 1] !== QUOTE) {
    reader.fail(`the bits of column ${cell} are malformed`);
  }
  for (let at = start + 2; at < end - 1; at++) {
    if (bytes[at] !== 0x30 && bytes[at] !== 0x31) reader.fail(`the bits of column ${cell} are malformed`);
  }
  cells.plain(cell, start + 2, end - 1);
}

/** Digits, `-` and `.`: how nearly all literals without quotes begin. */
function isNumeral(byte: number): boolean {
  return byte >= MINUS && byte <= 0x39 && byte !== 0x2f;
}
