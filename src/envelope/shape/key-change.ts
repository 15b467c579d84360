import type { Change } from '../../domain/change.ts';
import { sameBytes } from '../../domain/same-bytes.ts';

/**
 * Whether an update gave the row another primary key: the texts differ. A cell that one of the rows does not hold did not
 * change (unchanged TOAST value), or cannot be known to have (the replica identity does not cover the key).
 */
export function compileKeyChange(keyColumns: readonly number[]): (change: Change) => boolean {
  const positions = Int32Array.from(keyColumns);
  return ({ before, after }) => {
    if (before === null || after === null) return false;
    for (const position of positions) {
      const was = before.length[position]!;
      const is = after.length[position]!;
      if (was < 0 || is < 0) continue;
      const from = before.offset[position]!;
      const at = after.offset[position]!;
      if (was !== is || !sameBytes(before.bytes, from, after.bytes, at, is)) return true;
    }
    return false;
  };
}
