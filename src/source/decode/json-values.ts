import type { FrameReader } from './frame-reader.ts';
import { BACKSLASH, BRACKET_END, COMMA, DOUBLE_QUOTE } from './json-text.ts';
import type { LiteralCells } from './literal-cells.ts';
import { QUOTE, takeBare } from './sql-literal.ts';

/**
 * Reads `"literal","literal",…]` (§ values of the JSON style: every value is a JSON string that holds an SQL literal), as
 * many as `positions` has, each into the cell given there. One pass over plain indices: this loop is the cost of decoding.
 */
export function readJsonValues(reader: FrameReader, columns: number, positions: Int32Array, cells: LiteralCells): void {
  const { bytes, end } = reader;
  const count = positions.length;
  cells.begin(reader, columns, count);
  let at = reader.at;
  for (let i = 0; i < count; i++) {
    if (i > 0 && bytes[at++] !== COMMA) reader.fail(`a row has ${i} values for ${count} columns`);
    // A literal is one byte at least, then its closing quote, then `,` or `]`.
    if (end - at < 4 || bytes[at] !== DOUBLE_QUOTE) reader.fail(`value ${i} does not begin`);
    at =
      bytes[at + 1] === QUOTE
        ? readQuoted(reader, at + 2, cells, positions[i]!)
        : readBare(reader, at + 1, cells, positions[i]!);
  }
  if (at >= end || bytes[at] !== BRACKET_END) reader.fail(`a row has more values than its ${count} columns`);
  reader.at = at + 1;
  cells.finish(reader);
}

/** Reads from behind the opening `'`. Returns the place behind the JSON string. */
function readQuoted(reader: FrameReader, start: number, cells: LiteralCells, cell: number): number {
  const { bytes, end } = reader;
  let isEscaped = false;
  for (let at = start; at < end - 1; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      const next = bytes[at + 1]!;
      if (next === DOUBLE_QUOTE) {
        if (isEscaped) cells.escaped(cell, start, at);
        else cells.plain(cell, start, at);
        return at + 2;
      }
      if (next !== QUOTE) reader.fail(`the literal of column ${cell} goes on behind its end`);
      isEscaped = true;
      at++;
    } else if (byte === BACKSLASH) {
      isEscaped = true;
      at++;
    } else if (byte === DOUBLE_QUOTE) reader.fail(`the literal of column ${cell} has no end`);
  }
  return reader.fail(`the value of column ${cell} has no end`);
}

function readBare(reader: FrameReader, start: number, cells: LiteralCells, cell: number): number {
  const { bytes, end } = reader;
  let at = start;
  while (at < end && bytes[at] !== DOUBLE_QUOTE) {
    if (bytes[at] === BACKSLASH) reader.fail(`the value of column ${cell} is no literal`);
    at++;
  }
  if (at >= end) reader.fail(`the value of column ${cell} has no end`);
  takeBare(reader, cells, cell, start, at);
  return at + 1;
}
