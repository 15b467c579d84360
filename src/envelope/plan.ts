import type { Change, RowOp } from '../domain/change.ts';
import type { CompiledEnvelope, KeyRow, TableContext } from './envelope.ts';

/**
 * The seam between shapes and codecs. A shape says what a record holds, as a plan of plain data made once per relation
 * version; a codec turns plans into code that writes bytes. Shapes know no bytes, codecs know no format.
 */
export type ValuePlan =
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'number'; readonly field: NumberField }
  | { readonly kind: 'object'; readonly members: readonly MemberPlan[] }
  | { readonly kind: 'list'; readonly items: readonly ValuePlan[] }
  | RowPlan;

export type Constant = null | boolean | number | string | readonly string[];

/** Number of the change; commit time and time of sending, both in milliseconds since 1970 UTC. */
export type NumberField = 'event-number' | 'commit-ms' | 'sent-ms';

export interface MemberPlan {
  readonly name: string;
  readonly value: ValuePlan;
}

/** A row as an object: member per cell, NULL as null; a cell that the server did not send is left out. */
export interface RowPlan {
  readonly kind: 'row';
  readonly row: KeyRow;
  readonly cells: readonly CellPlan[];
}

export interface CellPlan {
  readonly name: string;
  /** Position in `relation.columns`. */
  readonly position: number;
  /** What is not in the new row is taken from the old one, which holds this column. */
  readonly fillFromBefore: boolean;
}

export interface RecordPlan {
  readonly keyRow: KeyRow;
  readonly op: RowOp;
  /** Null: a tombstone. */
  readonly value: ValuePlan | null;
}

/** How a relation's changes are published: the cases that differ, and which of them a change is. */
export interface ShapePlan {
  readonly cases: readonly (readonly RecordPlan[])[];
  caseOf(change: Change): number;
}

export interface Shape {
  plan(context: TableContext): ShapePlan;
}

export interface Codec {
  compile(plan: ShapePlan): CompiledEnvelope;
}
