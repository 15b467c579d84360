import { ByteWriter } from '../../domain/byte-writer.ts';
import { CELL_NULL, type RowView } from '../../domain/cell.ts';
import { BACKSLASH, COMMA, isText, QUOTE } from './ascii.ts';
import { conversionError } from './conversion-error.ts';

const EXPECTED = 'an array ({…})';
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BRACKET = 0x5b;
const EQUALS = 0x3d;
const FIRST_CAPACITY = 16;

/** An array taken apart; valid until its reader reads the next one. */
export interface ArrayCells {
  /** Elements of the outermost dimension. */
  readonly count: number;
  /** More than one dimension: elements are not taken apart, and `cells` says nothing. */
  readonly isNested: boolean;
  /** Cell i is element i without quotes and escapes, or CELL_NULL. */
  readonly cells: RowView;
}

/** Reads PostgreSQL's text of arrays. One buffer is used again and again; it copies what a cell holds. */
export class ArrayReader implements ArrayCells {
  readonly cells: RowView;
  readonly #out = new ByteWriter(256);
  #count = 0;
  #isNested = false;

  constructor() {
    this.cells = {
      bytes: this.#out.bytes,
      offset: new Int32Array(FIRST_CAPACITY),
      length: new Int32Array(FIRST_CAPACITY),
    };
  }

  get count(): number {
    return this.#count;
  }

  get isNested(): boolean {
    return this.#isNested;
  }

  /** Reads `{a,"b,c",NULL}`, also with bounds (`[2:4]={7,8,9}`); the delimiter is a comma. Throws CONVERSION_FAILED. */
  read(bytes: Buffer, start: number, end: number): ArrayCells {
    const open = behindBounds(bytes, start, end);
    const close = end - 1;
    if (open >= close || bytes[open] !== OPEN || bytes[close] !== CLOSE) throw conversionError(EXPECTED);
    this.#count = 0;
    this.#isNested = bytes[open + 1] === OPEN;
    this.#out.position = 0;
    // Unquoted text is never longer than quoted text: the buffer does not move while elements are read.
    this.cells.bytes = this.#out.reserve(end - start);
    if (this.#isNested) this.#count = countNested(bytes, open + 1, close);
    else if (open + 1 < close) this.#readElements(bytes, open + 1, close);
    return this;
  }

  #readElements(bytes: Buffer, start: number, close: number): void {
    let at = start;
    for (;;) {
      at = bytes[at] === QUOTE ? this.#readQuoted(bytes, at + 1, close) : this.#readPlain(bytes, at, close);
      if (at === close) return;
      if (bytes[at] !== COMMA) throw conversionError(EXPECTED);
      at++;
    }
  }

  /** Up to the next comma; the word NULL is no text. */
  #readPlain(bytes: Buffer, start: number, close: number): number {
    let at = start;
    while (at < close && bytes[at] !== COMMA) {
      if (bytes[at] === QUOTE || bytes[at] === OPEN || bytes[at] === CLOSE) throw conversionError(EXPECTED);
      at++;
    }
    if (at === start) throw conversionError(EXPECTED);
    const offset = this.#out.position;
    if (isText(bytes, start, at, 'NULL')) {
      this.#add(offset, CELL_NULL);
    } else {
      this.#out.append(bytes, start, at);
      this.#add(offset, at - start);
    }
    return at;
  }

  /** Up to the closing quote; returns the position behind it. */
  #readQuoted(bytes: Buffer, start: number, close: number): number {
    const target = this.#out.bytes;
    const offset = this.#out.position;
    let to = offset;
    for (let at = start; at < close; at++) {
      if (bytes[at] === QUOTE) {
        this.#out.position = to;
        this.#add(offset, to - offset);
        return at + 1;
      }
      if (bytes[at] === BACKSLASH) at++;
      target[to++] = bytes[at]!;
    }
    throw conversionError(EXPECTED);
  }

  #add(offset: number, length: number): void {
    const index = this.#count++;
    if (index === this.cells.offset.length) {
      this.cells.offset = grown(this.cells.offset);
      this.cells.length = grown(this.cells.length);
    }
    this.cells.offset[index] = offset;
    this.cells.length[index] = length;
  }
}

/** `[2:4]=` before the braces says the bounds of an array that does not begin at 1. */
function behindBounds(bytes: Buffer, start: number, end: number): number {
  if (start >= end || bytes[start] !== BRACKET) return start;
  const equals = bytes.indexOf(EQUALS, start);
  return equals < 0 || equals >= end ? end : equals + 1;
}

/** How many `{…}` lie between start and close, whatever they hold. */
function countNested(bytes: Buffer, start: number, close: number): number {
  let count = 0;
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < close; at++) {
    const byte = bytes[at]!;
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === OPEN && !isQuoted && depth++ === 0) count++;
    else if (byte === CLOSE && !isQuoted) depth--;
  }
  if (depth !== 0 || isQuoted) throw conversionError(EXPECTED);
  return count;
}

function grown(values: Int32Array): Int32Array {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
