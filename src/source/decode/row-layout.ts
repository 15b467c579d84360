import type { RowView } from '../../domain/cell.ts';
import type { Relation } from '../../domain/relation.ts';
import type { FrameReader } from './frame-reader.ts';
import { unquoteIdentifier } from './quoted-identifier.ts';
import type { StreamColumn } from './relation-book.ts';

const NULL_SIZE = 0xffff_ffff;
const SIZE_BYTES = 4;

/** The columns of one row of a parallel binary stream. */
export interface RowColumns {
  readonly columns: readonly StreamColumn[];
  /** Copies of all that stands between the values: uint16 column count, then per column uint16 n, name, uint32 type oid. */
  readonly heads: Buffer;
  /** Where in `heads` column i ends. */
  readonly headEnds: Int32Array;
}

/** Columns that were seen before, and where they belong: rows with equal bytes between their values need no more. */
export interface RowLayout {
  readonly relation: Relation;
  readonly heads: Buffer;
  readonly headEnds: Int32Array;
  /** Position in `relation.columns` per column of the row. */
  readonly positions: Int32Array;
}

/**
 * Reads the columns of a tuple, strictly, and passes over its values (openGauss parallel_decode.cpp, style b): uint16 count,
 * then per column uint16 n, n bytes name as quote_identifier prints it, uint32 type oid, uint32 size (0xFFFFFFFF: NULL),
 * value. Errors: DECODE_FAILED where a length does not fit or a name comes twice.
 */
export function readRowColumns(reader: FrameReader): RowColumns {
  const heads = [reader.bytes.subarray(reader.at, reader.at + 2)];
  const count = reader.uint16();
  const columns: StreamColumn[] = [];
  for (let i = 0; i < count; i++) {
    const from = reader.at;
    const name = unquoteIdentifier(reader.view(reader.uint16()).toString('utf8'));
    columns.push({ name, typeOid: reader.uint32(), typeName: null });
    heads.push(reader.bytes.subarray(from, reader.at));
    const size = reader.uint32();
    if (size !== NULL_SIZE) reader.view(size);
  }
  if (new Set(columns.map(({ name }) => name)).size < count) reader.fail('a row names a column twice');
  return { columns, heads: Buffer.concat(heads), headEnds: headEndsOf(heads) };
}

/** `heads`: the count, then one part per column; the count is compared together with the first column. */
function headEndsOf([count, ...heads]: readonly Buffer[]): Int32Array {
  let end = count!.length;
  return Int32Array.from(heads, (head) => {
    end += head.length;
    return end;
  });
}

/**
 * Reads a tuple whose columns are those of `layout` into `row`, whose arrays hold all columns of the relation; cells at
 * other positions stay as they are. False: it is not such a tuple, and the reader stays where it was. No strings, no
 * objects: this loop is the cost of decoding.
 */
export function readKnownRow(reader: FrameReader, layout: RowLayout, row: RowView): boolean {
  const { bytes, end } = reader;
  const { heads, headEnds, positions } = layout;
  const { offset, length } = row;
  const columns = positions.length;
  let at = reader.at;
  let head = 0;
  for (let i = 0; i < columns; i++) {
    const headEnd = headEnds[i]!;
    if (at + headEnd - head + SIZE_BYTES > end) return false;
    for (; head < headEnd; head++, at++) if (bytes[at] !== heads[head]) return false;
    const size = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    at += SIZE_BYTES;
    // As a signed number NULL is -1, which is CELL_NULL.
    if (size < -1 || size > end - at) return false;
    const position = positions[i]!;
    offset[position] = at;
    length[position] = size;
    if (size > 0) at += size;
  }
  reader.at = at;
  row.bytes = bytes;
  return true;
}
