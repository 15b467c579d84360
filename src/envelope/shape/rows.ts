import type { TableDescription } from '../../domain/relation.ts';
import type { KeyRow } from '../envelope.ts';
import type { CellForm } from '../form.ts';
import type { EnvelopeOptions } from '../options.ts';
import type { CellPlan, Constant, MemberPlan, RowPlan, ValuePlan } from '../plan.ts';

export const TEXT: CellForm = { kind: 'text' };

/** How a row becomes a plan; positions are those of the relation's columns. */
export interface RowRequest {
  readonly row: KeyRow;
  readonly positions: readonly number[];
  /** Columns whose cells, where the new row has none, are taken from the old row. */
  readonly filled?: readonly number[];
  /** By position; none: text. */
  readonly forms?: readonly CellForm[];
  /** What stands for a cell that the server did not send; undefined: it is left out. */
  readonly placeholder?: string | undefined;
}

/** The cells of a row: NULL is null. */
export function rowPlan({ relation }: TableDescription, request: RowRequest): RowPlan {
  const { row, positions, filled = [], forms = [], placeholder } = request;
  const cells = positions.map((position): CellPlan => {
    const form = forms[position] ?? TEXT;
    return {
      name: relation.columns[position]!.name,
      position,
      form,
      fillFromBefore: filled.includes(position),
      whenNull: null,
      whenUnsent: placeholder === undefined ? undefined : unsent(form, placeholder),
    };
  });
  return { kind: 'row', row, cells };
}

/** The placeholder as the column's readers expect its values; null where only numbers or booleans fit. */
function unsent(form: CellForm, placeholder: string): string | null {
  if (form.kind === 'text') return placeholder;
  if (form.kind !== 'bytes') return null;
  const bytes = Buffer.from(placeholder, 'utf8');
  if (form.as === 'hex') return bytes.toString('hex');
  const base64 = bytes.toString('base64');
  return form.as === 'base64-url' ? base64.replaceAll('+', '-').replaceAll('/', '_') : base64;
}

/** The placeholder of a format's options; undefined: what was not sent is left out. */
export function placeholderOf({ unavailable, unavailableValue }: EnvelopeOptions): string | undefined {
  return unavailable === 'placeholder' ? unavailableValue : undefined;
}

/** A cell that is always null: stands for a column the row does not hold. */
export function nullCell(name: string): CellPlan {
  return { name, position: -1, form: TEXT, fillFromBefore: false, whenNull: null, whenUnsent: null };
}

export function constant(name: string, value: Constant): MemberPlan {
  return { name, value: { kind: 'constant', value } };
}

/** A member per column of the table. */
export function perColumn(
  { relation }: TableDescription,
  name: string,
  value: (position: number) => Constant,
): MemberPlan {
  const members = relation.columns.map((column, position) => constant(column.name, value(position)));
  return { name, value: { kind: 'object', members } };
}

/** A list of the value, or null. */
export function listOf(name: string, value: ValuePlan | null): MemberPlan {
  return value === null ? constant(name, null) : { name, value: { kind: 'list', items: [value] } };
}

/** Names of the primary key's columns in key order; null without one. */
export function keyNames({ relation, keyColumns }: TableDescription): readonly string[] | null {
  return keyColumns.length === 0 ? null : keyColumns.map((position) => relation.columns[position]!.name);
}
