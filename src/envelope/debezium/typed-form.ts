import type { CellForm } from '../form.ts';
import type { Constant } from '../plan.ts';
import { type ConnectSchema, type FixedPlan, logical, plain } from './connect-schema.ts';

/** What stands where there is no value: a constant, or database text that is written in the column's form. */
export type StandIn = { readonly constant: Constant } | { readonly text: string };

/** How values of a type are published, and as which schema. */
export interface TypedForm {
  readonly form: CellForm;
  /** Required and without default. */
  readonly schema: ConnectSchema;
  /** Of a required column that an old row does not hold. */
  readonly zero: StandIn;
}

/** A type as the catalog has it, domains resolved. */
export interface ColumnType {
  readonly oid: number;
  /** pg_type.typname. */
  readonly name: string;
  readonly modifier: number;
  /** As in `TableDescription.typeCategories`. */
  readonly category: string;
  /** Of an enum, or of the elements of an array of enums. */
  readonly enumLabels: readonly string[] | null;
  readonly element: { readonly oid: number; readonly name: string; readonly category: string } | null;
}

/** Objects of lower oid come with the server, all others were created: a user's type may have the name of a known one. */
const FIRST_USER_OID = 16_384;

export function isBuiltIn(oid: number): boolean {
  return oid < FIRST_USER_OID;
}

export const EMPTY_TEXT: StandIn = { constant: '' };

/** The database's text as a string of this logical type. */
export function textForm(logicalName?: string, parameters?: Readonly<Record<string, string>>): TypedForm {
  const schema = logicalName === undefined ? plain('string') : logical('string', logicalName, parameters);
  return { form: { kind: 'text' }, schema, zero: EMPTY_TEXT };
}

export function fixedPlan(standIn: StandIn, form: CellForm): FixedPlan {
  return 'text' in standIn
    ? { kind: 'formed', form, text: standIn.text }
    : { kind: 'constant', value: standIn.constant };
}
