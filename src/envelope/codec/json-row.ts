import type { ByteWriter } from '../../domain/byte-writer.ts';
import { CELL_NULL, CELL_UNCHANGED, type RowView } from '../../domain/cell.ts';
import type { Change } from '../../domain/change.ts';
import { CdcError } from '../../domain/errors.ts';
import {
  CONSTANT_SLACK,
  type ConstantText,
  constantText,
  roomForEscaped,
  writeConstant,
  writeEscaped,
} from '../../domain/json-bytes.ts';
import type { RowPlan } from '../plan.ts';

const QUOTE = 0x22;

/** A row plan compiled: the text before each cell is one ready buffer. */
export interface CompiledRow {
  readonly row: 'after' | 'before';
  readonly positions: Int32Array;
  /** 1 where a cell that was not sent is taken from the old row. */
  readonly filled: Uint8Array;
  /** `,"name":"` and `,"name":null`. */
  readonly beforeText: readonly ConstantText[];
  readonly nulls: readonly ConstantText[];
  /** Size of all constant text at its largest. */
  readonly constantSize: number;
}

export function compileRow(plan: RowPlan): CompiledRow {
  const gaps = plan.cells.map((cell) => `,${JSON.stringify(cell.name)}:`);
  const nulls = gaps.map((gap) => constantText(`${gap}null`));
  return {
    row: plan.row,
    positions: Int32Array.from(plan.cells, (cell) => cell.position),
    filled: Uint8Array.from(plan.cells, (cell) => (cell.fillFromBefore ? 1 : 0)),
    beforeText: gaps.map((gap) => constantText(`${gap}"`)),
    nulls,
    constantSize: nulls.reduce((size, text) => size + text.length, 2 + CONSTANT_SLACK),
  };
}

/** Appends the row as a JSON object. All room is made before the first byte, so the loop only moves bytes. */
export function writeRow(row: CompiledRow, change: Change, out: ByteWriter): void {
  const view = row.row === 'after' ? change.after : change.before;
  if (view === null) throw missingRow(row, change);
  const target = out.reserve(roomForRow(row, view, change.before));
  const { positions, beforeText } = row;
  const start = out.position;
  let at = start;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    let from = view;
    let length = view.length[position]!;
    if (length === CELL_UNCHANGED && row.filled[i] === 1) {
      from = change.before!;
      length = from.length[position]!;
    }
    if (length >= 0) {
      const offset = from.offset[position]!;
      at = writeConstant(beforeText[i]!, target, at);
      at = writeEscaped(from.bytes, offset, offset + length, target, at);
      target[at++] = QUOTE;
    } else if (length === CELL_NULL) {
      at = writeConstant(row.nulls[i]!, target, at);
    }
  }
  out.position = closeObject(target, start, at);
}

/** Every member begins with a comma: the brace that opens the object replaces the first one. */
function closeObject(target: Buffer, start: number, end: number): number {
  target[start] = 0x7b;
  const at = Math.max(end, start + 1);
  target[at] = 0x7d;
  return at + 1;
}

function roomForRow(row: CompiledRow, view: RowView, before: RowView | null): number {
  let room = row.constantSize;
  for (let i = 0; i < row.positions.length; i++) {
    const position = row.positions[i]!;
    const from = view.length[position] === CELL_UNCHANGED && row.filled[i] === 1 ? before! : view;
    const length = from.length[position]!;
    if (length > 0) room += roomForEscaped(from.bytes, from.offset[position]!, from.offset[position]! + length);
  }
  return room;
}

function missingRow(row: CompiledRow, change: Change): CdcError {
  const { schema, table } = change.relation;
  const which = row.row === 'after' ? 'new' : 'old';
  return new CdcError('KEY_UNAVAILABLE', `the server sent no ${which} row for a change of ${schema}.${table}`, {
    data: { schema, table },
  });
}
