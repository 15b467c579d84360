import { ByteWriter } from '../../src/domain/byte-writer.ts';
import type { Change, Transaction } from '../../src/domain/change.ts';
import { createJsonCodec } from '../../src/envelope/codec/json.ts';
import type { CompiledEnvelope } from '../../src/envelope/envelope.ts';
import type { CellForm } from '../../src/envelope/form.ts';
import type { CellPlan, RecordPlan, RowPlan, ValuePlan } from '../../src/envelope/plan.ts';
import { SENT_MS, TRANSACTION } from './envelope-harness.ts';

export type Escape = 'json' | 'connect';

/** A cell that is null for NULL and left out where the server did not send it. */
export function cellPlan(name: string, position: number, form: CellForm, more: Partial<CellPlan> = {}): CellPlan {
  return { name, position, form, fillFromBefore: false, whenNull: null, whenUnsent: undefined, ...more };
}

export function afterRow(cells: readonly CellPlan[], more: Partial<RowPlan> = {}): RowPlan {
  return { kind: 'row', row: 'after', cells, ...more };
}

/** A shape whose every change becomes these records. */
export function compileRecords(records: readonly RecordPlan[], style: Escape = 'json'): CompiledEnvelope {
  return createJsonCodec({ escape: style }).compile({ cases: [records], caseOf: () => 0 });
}

/** The text of a value; it begins behind a byte that is there already, in a buffer that has to grow. */
export function jsonOf(
  value: ValuePlan,
  change: Change,
  style: Escape = 'json',
  transaction: Transaction = TRANSACTION,
): string {
  const envelope = compileRecords([{ keyRow: 'after', op: 'c', value }], style);
  const out = new ByteWriter(1);
  out.appendText('#');
  envelope.writeValue(envelope.parts(change)[0]!, change, transaction, SENT_MS, out);
  return out.bytes.toString('utf8', 1, out.position);
}
