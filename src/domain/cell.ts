/** Cell lengths below zero mark cells without bytes. */
export const CELL_NULL = -1;
/** The server did not send the cell (unchanged TOAST value). */
export const CELL_UNCHANGED = -2;

/**
 * A row as views into received bytes, positional and aligned with `relation.columns`: cell i is
 * `bytes[offset[i] … offset[i]+length[i])`, UTF-8 database text; a length below zero is CELL_NULL or CELL_UNCHANGED.
 * Valid only until the handler it was passed to returns.
 */
export interface RowView {
  bytes: Buffer;
  offset: Int32Array;
  length: Int32Array;
}

/** Copies a row into strings (tests, slow paths): null is NULL, undefined is "not sent". */
export function materialiseRow(row: RowView, columns: number): (string | null | undefined)[] {
  const cells: (string | null | undefined)[] = [];
  for (let i = 0; i < columns; i++) {
    const length = row.length[i]!;
    if (length === CELL_NULL) cells.push(null);
    else if (length === CELL_UNCHANGED) cells.push(undefined);
    else cells.push(row.bytes.toString('utf8', row.offset[i]!, row.offset[i]! + length));
  }
  return cells;
}
