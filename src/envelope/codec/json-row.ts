import type { ByteWriter } from '../../domain/byte-writer.ts';
import { CELL_NULL, CELL_UNCHANGED, type RowView } from '../../domain/cell.ts';
import type { Change } from '../../domain/change.ts';
import {
  appendConstant,
  CONSTANT_SLACK,
  type ConstantText,
  constantText,
  writeConstant,
} from '../../domain/json-bytes.ts';
import type { CellPlan, RowPlan } from '../plan.ts';
import { keyUnavailable, locatedError, missingRow } from './cell-error.ts';
import { hasChanged } from './changed-cell.ts';
import type { FormWriter } from './compiled-form.ts';
import { type JsonDialect, jsonText, roomForText, writeText } from './json-dialect.ts';
import { compileForm, formedText } from './json-forms.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/** A row plan compiled: the text before each cell is one ready buffer. */
export interface CompiledRow {
  readonly row: 'after' | 'before';
  readonly dialect: JsonDialect;
  readonly cells: readonly CompiledCell[];
  readonly onlyChanged: boolean;
  /** Whether nothing follows the cells in the object. */
  readonly isClosed: boolean;
}

export interface RowOptions {
  readonly dialect: JsonDialect;
  /** The row is a record's key: a cell that was not sent and that nothing stands for is KEY_UNAVAILABLE. */
  readonly isKey: boolean;
}

interface CompiledCell {
  /** Below zero: constants, ready in `whenUnsent`. */
  readonly position: number;
  readonly isFilled: boolean;
  /** `"name":`, with the quote that opens the value if it has quotes. */
  readonly beforeValue: ConstantText;
  readonly isQuoted: boolean;
  /** Null: text, the common case, which the row writes itself. */
  readonly write: FormWriter | null;
  /** `"name":null,` */
  readonly whenNull: ConstantText;
  /** Null: left out, or refused where it is required. */
  readonly whenUnsent: ConstantText | null;
  readonly isRequired: boolean;
}

export function compileRow(plan: RowPlan, options: RowOptions): CompiledRow {
  return {
    row: plan.row,
    dialect: options.dialect,
    cells: plan.cells.map((cell) => compileCell(cell, options)),
    onlyChanged: plan.onlyChanged ?? false,
    isClosed: (plan.members ?? []).length === 0,
  };
}

function compileCell(cell: CellPlan, { dialect, isKey }: RowOptions): CompiledCell {
  const name = `${jsonText(cell.name, dialect)}:`;
  const { isQuoted, write } = compileForm(cell.form, dialect);
  const whenNull = constantText(`${name}${nullText(cell, dialect)},`);
  const unsent = unsentText(cell, dialect);
  const whenUnsent = unsent === null ? null : constantText(`${name}${unsent},`);
  return {
    position: cell.position,
    isFilled: cell.fillFromBefore,
    beforeValue: constantText(isQuoted ? `${name}"` : name),
    isQuoted,
    write: cell.form.kind === 'text' ? null : write,
    whenNull,
    whenUnsent: cell.position < 0 ? (whenUnsent ?? whenNull) : whenUnsent,
    isRequired: isKey,
  };
}

function nullText({ whenNull, formedWhenNull }: CellPlan, dialect: JsonDialect): string {
  return formedWhenNull === undefined ? jsonText(whenNull, dialect) : formedText(formedWhenNull, dialect);
}

function unsentText({ whenUnsent, formedWhenUnsent }: CellPlan, dialect: JsonDialect): string | null {
  if (formedWhenUnsent !== undefined) return formedText(formedWhenUnsent, dialect);
  return whenUnsent === undefined ? null : jsonText(whenUnsent, dialect);
}

/** Appends the row's cells behind the brace that opens it, and closes it unless members follow. */
export function writeRow(row: CompiledRow, change: Change, out: ByteWriter): void {
  const view = row.row === 'after' ? change.after : change.before;
  if (view === null) throw missingRow(change.relation, row.row);
  const isEmpty = !appendCells(row, view, change, out);
  if (!row.isClosed) return;
  // The comma behind the last cell becomes the brace.
  if (!isEmpty) out.position--;
  out.reserve(1)[out.position++] = CLOSING_BRACE;
}

/** Each cell ends in a comma. False: nothing was written. */
function appendCells(
  { cells, dialect, onlyChanged }: CompiledRow,
  view: RowView,
  change: Change,
  out: ByteWriter,
): boolean {
  let isWritten = false;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    const { position } = cell;
    if (onlyChanged && !hasChanged(change, position)) continue;
    let from = view;
    let length = position < 0 ? CELL_UNCHANGED : view.length[position]!;
    if (length === CELL_UNCHANGED && cell.isFilled && change.before !== null) {
      from = change.before;
      length = from.length[position]!;
    }
    if (length >= 0) {
      const start = from.offset[position]!;
      if (cell.write !== null) appendFormed(cell, cell.write, from.bytes, start, start + length, change, out);
      else appendText(cell.beforeValue, dialect, from.bytes, start, start + length, out);
    } else if (length === CELL_NULL) {
      appendConstant(cell.whenNull, out);
    } else if (cell.whenUnsent !== null) {
      appendConstant(cell.whenUnsent, out);
    } else {
      if (cell.isRequired) throw keyUnavailable(change.relation, position);
      continue;
    }
    isWritten = true;
  }
  return isWritten;
}

function appendText(
  beforeValue: ConstantText,
  dialect: JsonDialect,
  bytes: Buffer,
  start: number,
  end: number,
  out: ByteWriter,
): void {
  const target = out.reserve(beforeValue.length + roomForText(dialect, bytes, start, end) + 2 + CONSTANT_SLACK);
  const at = writeText(dialect, bytes, start, end, target, writeConstant(beforeValue, target, out.position));
  target[at] = QUOTE;
  target[at + 1] = COMMA;
  out.position = at + 2;
}

function appendFormed(
  cell: CompiledCell,
  write: FormWriter,
  bytes: Buffer,
  start: number,
  end: number,
  change: Change,
  out: ByteWriter,
): void {
  const begin = out.position;
  appendConstant(cell.beforeValue, out);
  if (!isWritten(write, cell.position, bytes, start, end, change, out)) {
    out.position = begin;
    appendConstant(cell.whenNull, out);
    return;
  }
  const target = out.reserve(2);
  if (cell.isQuoted) target[out.position++] = QUOTE;
  target[out.position++] = COMMA;
}

function isWritten(
  write: FormWriter,
  position: number,
  bytes: Buffer,
  start: number,
  end: number,
  change: Change,
  out: ByteWriter,
): boolean {
  try {
    return write(bytes, start, end, out);
  } catch (error) {
    throw locatedError(error, change.relation, position);
  }
}
