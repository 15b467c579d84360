import type { ChangeReader } from './change-reader.ts';
import { type ColumnLayout, ColumnLayouts, kindOf, streamColumns } from './column-layout.ts';
import type { FrameReader } from './frame-reader.ts';
import { type JsonLayout, type JsonTable, JsonTables } from './json-tables.ts';
import { readStrings, unescapeJsonLiteral } from './json-text.ts';
import { readJsonValues } from './json-values.ts';
import { accept, expect } from './line-reading.ts';
import { LiteralCells } from './literal-cells.ts';
import type { RelationBook, StreamColumn } from './relation-book.ts';
import type { StreamChanges } from './stream-changes.ts';

/**
 * The JSON object of one row change, as mppdb_decoding and the parallel style `j` print it (contrib mppdb_decoding.cpp and
 * parallel_decode.cpp, by cJSON without blanks, the keys always in this order):
 *
 *     {"table_name":"…","op_type":"INSERT","columns_name":[…],"columns_type":[…],"columns_val":[…],
 *      "old_keys_name":[…],"old_keys_type":[…],"old_keys_val":[…]}
 *
 * What stands before the values repeats from row to row: it is compared with the bytes of the table's last row, and read
 * only where it differs.
 */
const INSERT = Buffer.from('INSERT",');
const UPDATE = Buffer.from('UPDATE",');
const DELETE = Buffer.from('DELETE","columns_name":[],"columns_type":[],"columns_val":[],');
const NO_OLD_ROW = Buffer.from(',"old_keys_name":[],"old_keys_type":[],"old_keys_val":[]}');
const COMMA = Buffer.from(',');
const END = Buffer.from('}');

/** The keys of a row's names, types and values, each with the begin of its list. */
type ListKeys = readonly [names: Buffer, types: Buffer, values: Buffer];
const NEW_KEYS: ListKeys = [
  Buffer.from('"columns_name":['),
  Buffer.from(',"columns_type":['),
  Buffer.from(',"columns_val":['),
];
const OLD_KEYS: ListKeys = [
  Buffer.from('"old_keys_name":['),
  Buffer.from(',"old_keys_type":['),
  Buffer.from(',"old_keys_val":['),
];

/** Reads change objects; one per stream. */
export class JsonChanges implements ChangeReader {
  readonly #changes: StreamChanges;
  readonly #tables: JsonTables;
  readonly #layouts: ColumnLayouts;
  readonly #newCells: LiteralCells;
  readonly #oldCells: LiteralCells;

  constructor(changes: StreamChanges, book: RelationBook) {
    this.#changes = changes;
    this.#tables = new JsonTables(book);
    this.#layouts = new ColumnLayouts(book, changes);
    this.#newCells = new LiteralCells(changes.newRow, unescapeJsonLiteral);
    this.#oldCells = new LiteralCells(changes.oldRow, unescapeJsonLiteral);
  }

  read(reader: FrameReader, lsnHigh: number, lsnLow: number): boolean {
    const table = this.#tables.read(reader);
    if (accept(reader, INSERT)) return this.#insert(reader, table, lsnHigh, lsnLow);
    if (accept(reader, UPDATE)) return this.#update(reader, table, lsnHigh, lsnLow);
    expect(reader, DELETE);
    return this.#delete(reader, table, lsnHigh, lsnLow);
  }

  #insert(reader: FrameReader, table: JsonTable, lsnHigh: number, lsnLow: number): boolean {
    const layout = this.#readNewRow(reader, table);
    if (layout === null) return false;
    expect(reader, NO_OLD_ROW);
    reader.finish();
    this.#changes.emit('c', layout.relation, this.#newCells.row, null, 'none', lsnHigh, lsnLow);
    return true;
  }

  #update(reader: FrameReader, table: JsonTable, lsnHigh: number, lsnLow: number): boolean {
    const layout = this.#readNewRow(reader, table);
    if (layout === null) return false;
    const { relation } = layout;
    if (accept(reader, NO_OLD_ROW)) {
      reader.finish();
      this.#changes.emit('u', relation, this.#newCells.row, null, 'none', lsnHigh, lsnLow);
      return true;
    }
    expect(reader, COMMA);
    const old = this.#readOldRow(reader, table, layout);
    if (old === null) return false;
    this.#changes.emit('u', relation, this.#newCells.row, this.#oldCells.row, kindOf(old), lsnHigh, lsnLow);
    return true;
  }

  #delete(reader: FrameReader, table: JsonTable, lsnHigh: number, lsnLow: number): boolean {
    const old = this.#readOldRow(reader, table, null);
    if (old === null) return false;
    const kind = kindOf(old);
    const before = kind === 'none' ? null : this.#oldCells.row;
    this.#changes.emit('d', old.relation, null, before, kind, lsnHigh, lsnLow);
    return true;
  }

  /** Null: not ready. */
  #readNewRow(reader: FrameReader, table: JsonTable): ColumnLayout | null {
    let layout = table.newLayout;
    if (!isLayout(reader, table, layout)) {
      const start = reader.at;
      const found = this.#layouts.ofNewRow(reader, table.entry, readLists(reader, NEW_KEYS));
      if (found === null) return null;
      layout = { ...found, lists: Buffer.from(reader.bytes.subarray(start, reader.at)) };
      table.newLayout = layout;
    }
    readJsonValues(reader, layout.relation.columns.length, layout.positions, this.#newCells);
    return layout;
  }

  /** Reads the rest of the record. `newRow`: the one before it. Null: not ready. */
  #readOldRow(reader: FrameReader, table: JsonTable, newRow: ColumnLayout | null): ColumnLayout | null {
    let layout = table.oldLayout;
    if (!isLayout(reader, table, layout)) {
      const start = reader.at;
      const found = this.#layouts.ofOldRow(reader, table.entry, readLists(reader, OLD_KEYS), newRow);
      if (found === null) return null;
      layout = { ...found, lists: Buffer.from(reader.bytes.subarray(start, reader.at)) };
      table.oldLayout = layout;
    }
    readJsonValues(reader, layout.relation.columns.length, layout.positions, this.#oldCells);
    expect(reader, END);
    reader.finish();
    return layout;
  }
}

/** Whether the reader stands at the lists of this layout, and it is still one of the table's relation; then moves behind. */
function isLayout(reader: FrameReader, table: JsonTable, layout: JsonLayout | null): layout is JsonLayout {
  return layout !== null && layout.relation === table.entry.relation && accept(reader, layout.lists);
}

function readLists(reader: FrameReader, [names, types, values]: ListKeys): StreamColumn[] {
  expect(reader, names);
  const nameList = readStrings(reader);
  expect(reader, types);
  const typeList = readStrings(reader);
  expect(reader, values);
  return streamColumns(reader, nameList, typeList);
}
