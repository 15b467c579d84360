import type { ColumnLayout } from './column-layout.ts';
import { streamColumns } from './column-layout.ts';
import type { FrameReader } from './frame-reader.ts';
import { accept, standsAt, textBetween } from './line-reading.ts';
import type { LiteralCells } from './literal-cells.ts';
import type { StreamColumn } from './relation-book.ts';
import { QUOTE, takeBare } from './sql-literal.ts';

const BLANK = 0x20;
const DOUBLE_QUOTE = 0x22;
const BRACKET = 0x5b; // [
/** As `quote_identifier` prints it. */
const NAME = /^(?:"(?:[^"]|"")+"|[^" ]+)$/;
const TYPE_END = Buffer.from(']:');
/** Begins the second tuple of an UPDATE. A column of this name would stand in double quotes. */
export const NEW_TUPLE = Buffer.from(' new-tuple:');

/** The columns of a tuple of style `t`, each as it stands before its value, with the blank before it: ` name[type]:`. */
export interface TextColumns {
  readonly heads: readonly Buffer[];
  readonly columns: readonly StreamColumn[];
}

/** Columns that were seen before, and where they belong. */
export interface TextLayout extends ColumnLayout {
  readonly heads: readonly Buffer[];
}

/**
 * Reads the columns of a tuple `{ name[type]:value}` (parallel_decode.cpp, style t) and passes over its values, up to the
 * record's end or ` new-tuple:`. Errors: DECODE_FAILED.
 */
export function readTextColumns(reader: FrameReader): TextColumns {
  const heads: Buffer[] = [];
  const names: string[] = [];
  const types: string[] = [];
  while (!isTupleEnd(reader)) {
    const start = reader.at;
    const nameEnd = findOutsideQuotes(reader, start, isBracket);
    const typeEnd = findOutsideQuotes(reader, nameEnd + 1, isTypeEnd);
    if (reader.bytes[start] !== BLANK) reader.fail('a column does not begin with a blank');
    const name = textBetween(reader, start + 1, nameEnd, 'utf8');
    if (!NAME.test(name)) reader.fail(`${JSON.stringify(name)} is no column name`);
    names.push(name);
    types.push(textBetween(reader, nameEnd + 1, typeEnd, 'utf8'));
    reader.at = typeEnd + TYPE_END.length;
    heads.push(Buffer.from(reader.bytes.subarray(start, reader.at)));
    readValue(reader, null, names.length - 1);
  }
  return { heads, columns: streamColumns(reader, names, types) };
}

/** Reads a tuple with the columns of `layout`. False: it has others, and the reader stays where it was. */
export function readTextTuple(reader: FrameReader, layout: TextLayout, cells: LiteralCells): boolean {
  const { heads, positions, relation } = layout;
  const start = reader.at;
  cells.begin(reader, relation.columns.length, heads.length);
  for (let i = 0; i < heads.length; i++) {
    if (!accept(reader, heads[i]!)) {
      reader.at = start;
      return false;
    }
    readValue(reader, cells, positions[i]!);
  }
  if (!isTupleEnd(reader)) {
    reader.at = start;
    return false;
  }
  cells.finish(reader);
  return true;
}

function isTupleEnd({ bytes, at, end }: FrameReader): boolean {
  return at >= end || standsAt(bytes, at, end, NEW_TUPLE);
}

/** Moves behind a value, and takes it as a cell where `cells` are given. */
function readValue(reader: FrameReader, cells: LiteralCells | null, cell: number): void {
  const { bytes, at, end } = reader;
  if (at < end && bytes[at] === QUOTE) {
    readQuoted(reader, cells, cell);
    return;
  }
  let to = at;
  while (to < end && bytes[to] !== BLANK) to++;
  if (cells !== null) takeBare(reader, cells, cell, at, to);
  reader.at = to;
}

function readQuoted(reader: FrameReader, cells: LiteralCells | null, cell: number): void {
  const { bytes, end } = reader;
  const start = reader.at + 1;
  let isEscaped = false;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== QUOTE) continue;
    if (at + 1 < end && bytes[at + 1] === QUOTE) {
      isEscaped = true;
      at++;
      continue;
    }
    if (isEscaped) cells?.escaped(cell, start, at);
    else cells?.plain(cell, start, at);
    reader.at = at + 1;
    return;
  }
  reader.fail(`the literal of column ${cell} has no end`);
}

/** The first place from `from` on, not within double quotes, that is what is looked for. */
function findOutsideQuotes(
  reader: FrameReader,
  from: number,
  isWanted: (reader: FrameReader, at: number) => boolean,
): number {
  const { bytes, end } = reader;
  let isQuoted = false;
  for (let at = from; at < end; at++) {
    // A doubled quote ends and begins again.
    if (bytes[at] === DOUBLE_QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted && isWanted(reader, at)) return at;
  }
  return reader.fail('a column has no name or no type');
}

function isBracket({ bytes }: FrameReader, at: number): boolean {
  return bytes[at] === BRACKET;
}

/** Types may end in `[]` themselves: only a bracket with a colon behind it ends them. */
function isTypeEnd({ bytes, end }: FrameReader, at: number): boolean {
  return standsAt(bytes, at, end, TYPE_END);
}
