import type { ColumnLayout } from './column-layout.ts';
import type { FrameReader } from './frame-reader.ts';
import { parseString, stringEnd } from './json-text.ts';
import { accept, expect, textBetween } from './line-reading.ts';
import { splitQualifiedName } from './qualified-name.ts';
import type { RelationBook, StreamTable } from './relation-book.ts';

const HEAD = Buffer.from('{"table_name":"');
const OPERATION = Buffer.from('","op_type":"');

/** A layout and the bytes of the record that tell it: the lists of names and types, up to the first value. */
export interface JsonLayout extends ColumnLayout {
  readonly lists: Buffer;
}

/** A table of a JSON stream and the layouts of its last rows. */
export interface JsonTable {
  readonly entry: StreamTable;
  /** The record up to its operation. */
  readonly head: Buffer;
  newLayout: JsonLayout | null;
  oldLayout: JsonLayout | null;
}

/** Finds tables by the bytes that name them. */
export class JsonTables {
  readonly #book: RelationBook;
  readonly #byName = new Map<string, JsonTable>();
  #last: JsonTable | null = null;

  constructor(book: RelationBook) {
    this.#book = book;
  }

  /** The table of the record that begins at the reader, which then stands at the operation. */
  read(reader: FrameReader): JsonTable {
    if (this.#last !== null && accept(reader, this.#last.head)) return this.#last;
    const start = reader.at;
    expect(reader, HEAD);
    const nameStart = reader.at;
    const nameEnd = stringEnd(reader, nameStart);
    reader.at = nameEnd;
    expect(reader, OPERATION);
    const raw = textBetween(reader, nameStart, nameEnd, 'latin1');
    let table = this.#byName.get(raw);
    if (table === undefined) {
      const name = splitQualifiedName(parseString(reader, nameStart, nameEnd));
      if (name === null) return reader.fail(`${JSON.stringify(raw)} is no table name`);
      const head = Buffer.from(reader.bytes.subarray(start, reader.at));
      table = { entry: this.#book.table(name.schema, name.table), head, newLayout: null, oldLayout: null };
      this.#byName.set(raw, table);
    }
    this.#last = table;
    return table;
  }
}
