import { CELL_UNCHANGED, type RowView } from '../../domain/cell.ts';
import type { FrameReader } from './frame-reader.ts';

const FIRST_CAPACITY = 32;
const FIRST_SCRATCH = 4096;
/** A larger scratch buffer is made for its row only: one huge row must not cost its memory for ever. */
const MAX_KEPT_SCRATCH = 1_048_576;

/** Undoes the escapes of `bytes[start … end)` in place. Returns the new end; -1: malformed. */
export type Unescape = (bytes: Buffer, start: number, end: number) => number;

/**
 * A row that is read from literals: cells are views into the frame, unless one of the row needs unescaping. Then the bytes
 * of the row are copied as they are, and unescaped within the copy (no escape is shorter than what it stands for).
 */
export class LiteralCells {
  readonly row: RowView;
  readonly #unescape: Unescape;
  #scratch: Buffer = Buffer.alloc(FIRST_SCRATCH);
  #escaped = new Int32Array(FIRST_CAPACITY);
  #escapedCount = 0;
  #columns = 0;
  #start = 0;

  /** `row` is what is filled; its arrays have room for every relation. */
  constructor(row: RowView, undo: Unescape) {
    this.row = row;
    this.#unescape = undo;
  }

  /** A row of `columns` cells, of which `cells` will be told, begins at the reader's place; the others were not sent. */
  begin(reader: FrameReader, columns: number, cells: number): void {
    this.row.bytes = reader.bytes;
    if (cells < columns) this.row.length.fill(CELL_UNCHANGED, 0, columns);
    if (this.#escaped.length < columns) this.#escaped = new Int32Array(columns);
    this.#escapedCount = 0;
    this.#columns = columns;
    this.#start = reader.at;
  }

  plain(cell: number, start: number, end: number): void {
    this.row.offset[cell] = start;
    this.row.length[cell] = end - start;
  }

  escaped(cell: number, start: number, end: number): void {
    this.plain(cell, start, end);
    this.#escaped[this.#escapedCount++] = cell;
  }

  /** A cell without bytes: CELL_NULL or CELL_UNCHANGED. */
  absent(cell: number, mark: number): void {
    this.row.offset[cell] = this.#start;
    this.row.length[cell] = mark;
  }

  /** The row ends at the reader's place. */
  finish(reader: FrameReader): void {
    if (this.#escapedCount > 0) this.#unescapeCopy(reader);
  }

  #unescapeCopy(reader: FrameReader): void {
    const scratch = this.#room(reader.at - this.#start);
    reader.bytes.copy(scratch, 0, this.#start, reader.at);
    const { offset, length } = this.row;
    for (let cell = 0; cell < this.#columns; cell++) offset[cell] = offset[cell]! - this.#start;
    for (let i = 0; i < this.#escapedCount; i++) {
      const cell = this.#escaped[i]!;
      const start = offset[cell]!;
      const end = this.#unescape(scratch, start, start + length[cell]!);
      if (end < 0) reader.fail(`an escape of column ${cell} is malformed`);
      length[cell] = end - start;
    }
    this.row.bytes = scratch;
  }

  #room(size: number): Buffer {
    if (size <= this.#scratch.length) return this.#scratch;
    if (size > MAX_KEPT_SCRATCH) return Buffer.allocUnsafeSlow(size);
    this.#scratch = Buffer.allocUnsafeSlow(Math.min(MAX_KEPT_SCRATCH, size * 2));
    return this.#scratch;
  }
}
