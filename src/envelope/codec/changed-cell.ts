import { CELL_UNCHANGED } from '../../domain/cell.ts';
import type { Change } from '../../domain/change.ts';
import { sameBytes } from '../../domain/same-bytes.ts';

/** Whether the text of a cell differs between the two rows; false where one of them does not hold it. */
export function hasChanged({ after, before }: Change, position: number): boolean {
  if (after === null || before === null || position < 0) return false;
  const length = after.length[position]!;
  const other = before.length[position]!;
  if (length === CELL_UNCHANGED || other === CELL_UNCHANGED) return false;
  if (length !== other) return true;
  return length > 0 && !sameBytes(after.bytes, after.offset[position]!, before.bytes, before.offset[position]!, length);
}
