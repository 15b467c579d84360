import { CELL_NULL, CELL_UNCHANGED, type RowView } from '../../domain/cell.ts';
import type { Change } from '../../domain/change.ts';
import { sameBytes } from '../../domain/same-bytes.ts';
import type { DebeziumColumn } from './columns.ts';

/** A key column as the two rows of an update are compared by. */
interface KeyCell {
  readonly position: number;
  /** Whether numbers that differ only in trailing zeros are the same. */
  readonly isNumeric: boolean;
  /** Null: an old row of the identity columns holds the column; else the text of what is published in its place. */
  readonly missingText: string | null;
}

/**
 * Whether an update changed the key, by value. What a row of the identity columns does not hold counts as what is published for
 * it: a key outside the identity looks changed, as with Debezium. A cell that was not sent did not change.
 * `isHeld`: whether an old row of the identity columns holds the column at a position.
 */
export function compileKeyChange(
  key: readonly DebeziumColumn[],
  isHeld: (position: number) => boolean,
): (change: Change) => boolean {
  const cells = key.map((column) => toKeyCell(column, isHeld(column.position)));
  return ({ before, after, beforeKind }) => {
    if (before === null || after === null) return false;
    const isKeyRow = beforeKind === 'key';
    return cells.some((cell) => differs(cell, before, after, isKeyRow));
  };
}

/**
 * Whether an update changed any of these columns. Some servers send the identity of every update's old row, others only
 * where it changed.
 */
export function compileIdentityChange(positions: readonly number[]): (change: Change) => boolean {
  const cells = positions.map((position): KeyCell => ({ position, isNumeric: false, missingText: null }));
  return ({ before, after }) => {
    if (before === null || after === null) return false;
    return cells.some((cell) => differs(cell, before, after, false));
  };
}

function toKeyCell({ position, form, whenMissing }: DebeziumColumn, isHeld: boolean): KeyCell {
  const isNumeric = form.kind === 'variable-decimal' || form.kind === 'decimal-double';
  if (isHeld) return { position, isNumeric, missingText: null };
  const text = whenMissing.kind === 'formed' ? whenMissing.text : String(whenMissing.value);
  return { position, isNumeric, missingText: text };
}

function differs(cell: KeyCell, before: RowView, after: RowView, isKeyRow: boolean): boolean {
  const { position } = cell;
  const is = after.length[position]!;
  if (is === CELL_UNCHANGED) return false;
  if (isKeyRow && cell.missingText !== null) return is === CELL_NULL || textAt(after, position) !== cell.missingText;
  const was = before.length[position]!;
  if (was === CELL_UNCHANGED) return false;
  if (was < 0 || is < 0) return was !== is;
  const at = after.offset[position]!;
  const from = before.offset[position]!;
  if (was === is && sameBytes(before.bytes, from, after.bytes, at, is)) return false;
  return !cell.isNumeric || withoutZeros(textAt(before, position)) !== withoutZeros(textAt(after, position));
}

function textAt({ bytes, offset, length }: RowView, position: number): string {
  return bytes.toString('utf8', offset[position]!, offset[position]! + length[position]!);
}

function withoutZeros(number: string): string {
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number;
}
