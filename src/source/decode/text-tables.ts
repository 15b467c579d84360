import type { FrameReader } from './frame-reader.ts';
import { accept, expect, standsAt, textBetween } from './line-reading.ts';
import type { QualifiedName } from './qualified-name.ts';
import type { RelationBook, StreamTable } from './relation-book.ts';
import type { ShapeSource } from './shapes.ts';
import type { TextLayout } from './text-tuple.ts';

const HEAD = Buffer.from('table ');
const OPERATIONS = ['INSERT:', 'UPDATE:', 'DELETE:'].map((text) => Buffer.from(text));
const BEFORE_OPERATION = / (?:INSERT|UPDATE|DELETE):/;
/** Two names of 63 characters of at most four bytes, and a blank: far less. */
const MAX_NAMES_BYTES = 1024;

/** A table of a text stream and the layouts of its last rows. */
export interface TextTable {
  readonly entry: StreamTable;
  /** The record up to its operation, with the blank before that. */
  readonly head: Buffer;
  newLayout: TextLayout | null;
  oldLayout: TextLayout | null;
}

/**
 * Finds the tables of style `t`, which prints `table schema table OPERATION:` without quotes. Where blanks allow several
 * names, the catalog decides; a record that is still ambiguous is refused.
 */
export class TextTables {
  readonly #book: RelationBook;
  readonly #shapes: ShapeSource;
  readonly #byName = new Map<string, TextTable>();
  #last: TextTable | null = null;

  constructor(book: RelationBook, shapes: ShapeSource) {
    this.#book = book;
    this.#shapes = shapes;
  }

  /** The table of the record that begins at the reader, which then stands at the operation. Null: not ready. */
  read(reader: FrameReader): TextTable | null {
    const last = this.#last;
    // The operation is looked at, too: the head may be the begin of a longer name.
    if (last !== null && accept(reader, last.head)) {
      if (isOperation(reader)) return last;
      reader.at -= last.head.length;
    }
    const start = reader.at;
    expect(reader, HEAD);
    const text = textBetween(reader, reader.at, Math.min(reader.end, reader.at + MAX_NAMES_BYTES), 'latin1');
    const length = text.search(BEFORE_OPERATION);
    if (length < 0) reader.fail('a record of no known operation');
    reader.at += length + 1;
    const table = this.#find(reader, text.slice(0, length), start);
    if (table !== null) this.#last = table;
    return table;
  }

  #find(reader: FrameReader, names: string, start: number): TextTable | null {
    const known = this.#byName.get(names);
    if (known !== undefined) return known;
    const name = this.#resolve(reader, names);
    if (name === null) return null;
    const head = Buffer.from(reader.bytes.subarray(start, reader.at));
    const entry = this.#book.table(name.schema, name.table);
    const table = { entry, head, newLayout: null, oldLayout: null };
    this.#byName.set(names, table);
    return table;
  }

  #resolve(reader: FrameReader, names: string): QualifiedName | null {
    const splits = splitsOf(Buffer.from(names, 'latin1').toString('utf8'));
    if (splits.length === 1) return splits[0]!;
    const known: QualifiedName[] = [];
    for (const split of splits) {
      const shape = this.#shapes.find(split.schema, split.table);
      if (shape === undefined) {
        this.#shapes.load(split.schema, split.table);
        return null;
      }
      if (shape !== null) known.push(split);
    }
    if (known.length === 1) return known[0]!;
    return reader.fail(
      `the text style does not tell which table this is: ${known.length} of ${splits.length} names exist`,
    );
  }
}

function isOperation({ bytes, at, end }: FrameReader): boolean {
  return OPERATIONS.some((operation) => standsAt(bytes, at, end, operation));
}

/** All that `schema table` can mean. */
function splitsOf(names: string): QualifiedName[] {
  const words = names.split(' ');
  const all = words.slice(1).map((_, i) => ({
    schema: words.slice(0, i + 1).join(' '),
    table: words.slice(i + 1).join(' '),
  }));
  return all.filter(({ schema, table }) => schema !== '' && table !== '');
}
