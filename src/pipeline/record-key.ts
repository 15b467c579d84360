import type { ByteWriter } from '../domain/byte-writer.ts';
import type { RowView } from '../domain/cell.ts';
import type { Change } from '../domain/change.ts';
import { CdcError } from '../domain/errors.ts';
import {
  CONSTANT_SLACK,
  type ConstantText,
  constantText,
  roomForEscaped,
  writeConstant,
  writeEscaped,
} from '../domain/json-bytes.ts';
import type { Relation, TableDescription } from '../domain/relation.ts';
import type { KeyRow } from '../envelope/envelope.ts';

const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
const PIPE = 0x7c;

/** Writes a key of one relation version: the contract's default key, or `string`. */
export interface CompiledKey {
  /** False: the table has no primary key, every key is null. */
  readonly hasKey: boolean;
  /**
   * Appends the key of the change's row; false for a null key (nothing is written). An update without old row did not
   * change the key: then both rows have the key of the new one. Errors: KEY_UNAVAILABLE.
   */
  write(change: Change, keyRow: KeyRow, out: ByteWriter): boolean;
}

const NO_KEY: CompiledKey = { hasKey: false, write: () => false };

/** Compiles the default key: JSON object of the primary key columns in key order, values as strings, no spaces. */
export function compileKey({ relation, keyColumns }: TableDescription): CompiledKey {
  if (keyColumns.length === 0) return NO_KEY;
  const positions = Int32Array.from(keyColumns);
  const beforeText = keyColumns.map((position, i) =>
    constantText(`${i === 0 ? '{' : ','}${JSON.stringify(relation.columns[position]!.name)}:"`),
  );
  return {
    hasKey: true,
    write(change, keyRow, out) {
      for (let i = 0; i < positions.length; i++) writeCell(change, keyRow, positions[i]!, beforeText[i]!, out);
      out.reserve(1)[out.position++] = CLOSING_BRACE;
      return true;
    },
  };
}

/** Compiles the key `string`: the values of the primary key columns in key order, as they are, joined by `|`. */
export function compileStringKey({ keyColumns }: TableDescription): CompiledKey {
  if (keyColumns.length === 0) return NO_KEY;
  const positions = Int32Array.from(keyColumns);
  return {
    hasKey: true,
    write(change, keyRow, out) {
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        const { bytes, offset, length } = rowWithCell(change, keyRow, position);
        if (i > 0) out.reserve(1)[out.position++] = PIPE;
        out.append(bytes, offset[position]!, offset[position]! + length[position]!);
      }
      return true;
    },
  };
}

function writeCell(change: Change, keyRow: KeyRow, position: number, beforeText: ConstantText, out: ByteWriter): void {
  const row = rowWithCell(change, keyRow, position);
  const start = row.offset[position]!;
  const end = start + row.length[position]!;
  const target = out.reserve(beforeText.length + roomForEscaped(row.bytes, start, end) + CONSTANT_SLACK);
  const at = writeEscaped(row.bytes, start, end, target, writeConstant(beforeText, target, out.position));
  target[at] = QUOTE;
  out.position = at + 1;
}

/** The row that holds the key cell: the one asked for, else the old one. */
function rowWithCell(change: Change, keyRow: KeyRow, position: number): RowView {
  const first = keyRow === 'after' ? change.after : (change.before ?? change.after);
  // A key column is never NULL: below zero means that the server did not send the cell.
  const row = first !== null && first.length[position]! >= 0 ? first : change.before;
  if (row === null || row.length[position]! < 0) throw keyUnavailable(change.relation, position);
  return row;
}

function keyUnavailable(relation: Relation, position: number): CdcError {
  const { schema, table, columns } = relation;
  const column = columns[position]!.name;
  return new CdcError('KEY_UNAVAILABLE', `the server did not send key column ${column} of ${schema}.${table}`, {
    data: { schema, table, column },
  });
}
