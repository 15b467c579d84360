import { CELL_NULL, CELL_UNCHANGED, type RowView } from '../../domain/cell.ts';
import type { FrameReader } from './frame-reader.ts';

const KIND_NULL = 0x6e; // n
const KIND_UNCHANGED = 0x75; // u
const KIND_TEXT = 0x74; // t

/**
 * Reads a TupleData (uint16 count, then per column a kind byte and, for text, int32 length and bytes) into `row`, whose
 * arrays hold at least `columns` cells. One pass over plain indices: this loop is the cost of decoding.
 */
export function readTuple(reader: FrameReader, columns: number, row: RowView): void {
  const count = reader.uint16();
  if (count !== columns) reader.fail(`a row has ${count} columns, its relation has ${columns}`);
  const { bytes, end } = reader;
  const { offset, length } = row;
  let at = reader.at;
  row.bytes = bytes;
  for (let i = 0; i < columns; i++) {
    if (at >= end) reader.fail('a row ends before its last column');
    const kind = bytes[at]!;
    if (kind === KIND_TEXT) {
      const body = at + 5;
      if (body > end) reader.fail('a row ends within a column length');
      const size = (bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;
      if (size < 0 || size > end - body) reader.fail(`column ${i} of ${size} bytes does not fit into the frame`);
      offset[i] = body;
      length[i] = size;
      at = body + size;
    } else {
      if (kind !== KIND_NULL && kind !== KIND_UNCHANGED) reader.fail(`unknown kind ${kind} of column ${i}`);
      offset[i] = at;
      length[i] = kind === KIND_NULL ? CELL_NULL : CELL_UNCHANGED;
      at++;
    }
  }
  reader.at = at;
}

/** A row view without cells. */
export function emptyRow(capacity: number): RowView {
  return { bytes: Buffer.alloc(0), offset: new Int32Array(capacity), length: new Int32Array(capacity) };
}

/** Makes room for `columns` cells; what the row held is void. */
export function growRow(row: RowView, columns: number): void {
  if (row.offset.length >= columns) return;
  row.offset = new Int32Array(columns);
  row.length = new Int32Array(columns);
}
