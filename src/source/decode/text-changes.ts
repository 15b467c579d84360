import type { RowOp } from '../../domain/change.ts';
import type { ChangeReader } from './change-reader.ts';
import { ColumnLayouts, kindOf } from './column-layout.ts';
import type { FrameReader } from './frame-reader.ts';
import { accept, expect } from './line-reading.ts';
import { LiteralCells } from './literal-cells.ts';
import type { RelationBook } from './relation-book.ts';
import type { ShapeSource } from './shapes.ts';
import { undouble } from './sql-literal.ts';
import type { StreamChanges } from './stream-changes.ts';
import { type TextTable, TextTables } from './text-tables.ts';
import { NEW_TUPLE, readTextColumns, readTextTuple, type TextLayout } from './text-tuple.ts';

/**
 * The line of one row change in the parallel style `t` (parallel_decode.cpp):
 *
 *     table <schema> <table> INSERT:{ name[type]:value}
 *     table <schema> <table> UPDATE:[ old-key:{ name[type]:value} new-tuple:]{ name[type]:value}
 *     table <schema> <table> DELETE:{ name[type]:value}
 *
 * with ` (no-tuple-data)` for a row of which nothing is known. Rows are read with the layouts of the table's last ones;
 * a row that has others is gone through first for its columns.
 */
const INSERT = Buffer.from('INSERT:');
const UPDATE = Buffer.from('UPDATE:');
const OLD_KEY = Buffer.from(' old-key:');
const DELETE = Buffer.from('DELETE:');
const NO_TUPLE = Buffer.from(' (no-tuple-data)');

/** Reads change lines; one per stream. */
export class TextChanges implements ChangeReader {
  readonly #changes: StreamChanges;
  readonly #tables: TextTables;
  readonly #layouts: ColumnLayouts;
  readonly #newCells: LiteralCells;
  readonly #oldCells: LiteralCells;

  constructor(changes: StreamChanges, book: RelationBook, shapes: ShapeSource) {
    this.#changes = changes;
    this.#tables = new TextTables(book, shapes);
    this.#layouts = new ColumnLayouts(book, changes);
    this.#newCells = new LiteralCells(changes.newRow, undouble);
    this.#oldCells = new LiteralCells(changes.oldRow, undouble);
  }

  read(reader: FrameReader, lsnHigh: number, lsnLow: number): boolean {
    const table = this.#tables.read(reader);
    if (table === null) return false;
    const op = readOperation(reader);
    const hasNew = op !== 'd';
    const hasOld = op === 'd' || (op === 'u' && accept(reader, OLD_KEY));
    if (!hasNew || !hasOld) accept(reader, NO_TUPLE);
    const start = reader.at;
    if (!this.#readRows(reader, table, hasOld, hasNew)) {
      reader.at = start;
      if (!this.#learn(reader, table, hasOld, hasNew)) return false;
      reader.at = start;
      if (!this.#readRows(reader, table, hasOld, hasNew)) reader.fail('the rows cannot be read');
    }
    reader.finish();
    const kind = hasOld ? kindOf(table.oldLayout!) : 'none';
    const before = kind === 'none' ? null : this.#oldCells.row;
    this.#changes.emit(op, table.entry.relation!, hasNew ? this.#newCells.row : null, before, kind, lsnHigh, lsnLow);
    return true;
  }

  /** Reads the rows with the layouts known. False: they do not fit. */
  #readRows(reader: FrameReader, table: TextTable, hasOld: boolean, hasNew: boolean): boolean {
    if (hasOld && !readRow(reader, table, table.oldLayout, this.#oldCells)) return false;
    if (hasOld && hasNew && !accept(reader, NEW_TUPLE)) return false;
    return !hasNew || readRow(reader, table, table.newLayout, this.#newCells);
  }

  /** Works out the layouts of a record's rows. False: not ready. */
  #learn(reader: FrameReader, table: TextTable, hasOld: boolean, hasNew: boolean): boolean {
    const old = hasOld ? readTextColumns(reader) : null;
    if (hasOld && hasNew) expect(reader, NEW_TUPLE);
    if (hasNew) {
      const { heads, columns } = readTextColumns(reader);
      const found = this.#layouts.ofNewRow(reader, table.entry, columns);
      if (found === null) return false;
      table.newLayout = { ...found, heads };
    }
    if (old !== null) {
      const found = this.#layouts.ofOldRow(reader, table.entry, old.columns, hasNew ? table.newLayout : null);
      if (found === null) return false;
      table.oldLayout = { ...found, heads: old.heads };
    }
    return true;
  }
}

function readOperation(reader: FrameReader): RowOp {
  if (accept(reader, INSERT)) return 'c';
  if (accept(reader, UPDATE)) return 'u';
  expect(reader, DELETE);
  return 'd';
}

function readRow(reader: FrameReader, table: TextTable, layout: TextLayout | null, cells: LiteralCells): boolean {
  return layout !== null && layout.relation === table.entry.relation && readTextTuple(reader, layout, cells);
}
