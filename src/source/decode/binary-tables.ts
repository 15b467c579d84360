import type { FrameReader } from './frame-reader.ts';
import type { RelationBook, StreamTable } from './relation-book.ts';
import type { RowLayout } from './row-layout.ts';

const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/** A table of a parallel binary stream and the layouts of its last rows. */
export interface BinaryTable {
  readonly entry: StreamTable;
  /** Copy of the bytes that name the table. */
  readonly name: Buffer;
  newLayout: RowLayout | null;
  oldLayout: RowLayout | null;
}

/** Finds tables by the bytes that name them, without a string per row: uint16 n, schema, uint16 n, table (unquoted). */
export class BinaryTables {
  readonly #book: RelationBook;
  readonly #byHash = new Map<number, BinaryTable[]>();
  #last: BinaryTable | null = null;

  constructor(book: RelationBook) {
    this.#book = book;
  }

  /** The table named at the reader, which then stands behind the name. */
  read(reader: FrameReader): BinaryTable {
    const last = this.#last;
    if (last !== null && isNamed(last, reader)) {
      reader.at += last.name.length;
      return last;
    }
    const from = reader.at;
    passText(reader);
    passText(reader);
    const table = this.#find(reader, from);
    this.#last = table;
    return table;
  }

  #find(reader: FrameReader, from: number): BinaryTable {
    const { bytes, at } = reader;
    let hash = FNV_OFFSET;
    for (let i = from; i < at; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
    let tables = this.#byHash.get(hash);
    if (tables === undefined) {
      tables = [];
      this.#byHash.set(hash, tables);
    }
    for (const table of tables) if (bytes.compare(table.name, 0, table.name.length, from, at) === 0) return table;
    const table = this.#add(bytes, from, at);
    tables.push(table);
    return table;
  }

  #add(bytes: Buffer, from: number, to: number): BinaryTable {
    const name = Buffer.from(bytes.subarray(from, to));
    const schemaEnd = 2 + name.readUInt16BE(0);
    const entry = this.#book.table(name.toString('utf8', 2, schemaEnd), name.toString('utf8', schemaEnd + 2));
    return { entry, name, newLayout: null, oldLayout: null };
  }
}

function isNamed({ name }: BinaryTable, { bytes, at, end }: FrameReader): boolean {
  if (at + name.length > end) return false;
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
  return true;
}

function passText(reader: FrameReader): void {
  const length = reader.uint16();
  if (length > reader.end - reader.at) reader.fail(`a name of ${length} bytes does not fit into the record`);
  reader.at += length;
}
