import type { Change, RowOp } from '../domain/change.ts';
import type { CompiledEnvelope, KeyRow, TableContext } from './envelope.ts';
import type { CellForm } from './form.ts';

/**
 * The seam between shapes and codecs. A shape says what a record holds, as a plan of plain data made once per relation
 * version; a codec turns plans into code that writes bytes. Shapes know no bytes, codecs know no format.
 */
export type ValuePlan =
  | { readonly kind: 'constant'; readonly value: Constant }
  | FormedPlan
  | { readonly kind: 'number'; readonly field: NumberField }
  | { readonly kind: 'text'; readonly field: TextField }
  | { readonly kind: 'object'; readonly members: readonly MemberPlan[] }
  | { readonly kind: 'list'; readonly items: readonly ValuePlan[] }
  /** Text in front of a value, as it is. */
  | { readonly kind: 'prefixed'; readonly prefix: string; readonly value: ValuePlan }
  | RowPlan;

/** Database text, written as a cell of this form: constants that `Constant` cannot hold exactly (int64, double, bytes). */
export interface FormedPlan {
  readonly kind: 'formed';
  readonly form: CellForm;
  readonly text: string;
}

export type Constant = null | boolean | number | string | readonly Constant[] | { readonly [name: string]: Constant };

/**
 * Numbers of the change and its transaction: event number; transaction id (null where the server does not tell it); LSN of
 * the change; commit time and time of sending since 1970 UTC.
 */
export type NumberField =
  | 'event-number'
  | 'xid'
  | 'lsn'
  /** LSN of the transaction at its origin; null for none. */
  | 'origin-lsn'
  | 'commit-ms'
  | 'commit-us'
  | 'commit-ns'
  | 'sent-ms'
  | 'sent-us'
  | 'sent-ns';

/** `sequence`: `["<LSN of the commit before>","<LSN>"]`, decimal; `origin`: name of the replication origin, null for none. */
export type TextField = 'sequence' | 'origin';

export interface MemberPlan {
  readonly name: string;
  readonly value: ValuePlan;
}

/** A row as an object: a member per cell. */
export interface RowPlan {
  readonly kind: 'row';
  readonly row: KeyRow;
  readonly cells: readonly CellPlan[];
  /** Only cells whose text differs between the two rows, as far as both were sent. */
  readonly onlyChanged?: boolean;
  /** Further members of the object, behind the cells. */
  readonly members?: readonly MemberPlan[];
}

/** A column's cell, or (position -1) the constant that stands for a column the row does not hold. */
export interface CellPlan {
  readonly name: string;
  /** Position in `relation.columns`. */
  readonly position: number;
  readonly form: CellForm;
  /** What is not in the new row is taken from the old one, which holds this column. */
  readonly fillFromBefore: boolean;
  /** What stands for NULL, and for a value that the form has no way to say. */
  readonly whenNull: Constant;
  /** What stands for a cell that the server did not send; undefined: the member is left out. */
  readonly whenUnsent: Constant | undefined;
  /** In place of `whenNull`. */
  readonly formedWhenNull?: FormedPlan;
  /** In place of `whenUnsent`. */
  readonly formedWhenUnsent?: FormedPlan;
}

export interface HeaderPlan {
  readonly name: string;
  readonly value: ValuePlan;
}

export interface RecordPlan {
  readonly keyRow: KeyRow;
  readonly op: RowOp;
  /** Null: a tombstone. */
  readonly value: ValuePlan | null;
  /** The record's own key; null: a null key; undefined: the contract's default key. The same for all records of a shape. */
  readonly key?: ValuePlan | null;
  /** Besides the headers every record has. */
  readonly headers?: readonly HeaderPlan[];
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
