import type { KeyRow } from '../envelope.ts';
import type { CellPlan, Constant, FormedPlan, RowPlan } from '../plan.ts';
import type { DebeziumColumn } from './columns.ts';
import type { FixedPlan } from './connect-schema.ts';

/** What is known of the row that cells come from. */
export interface RowFacts {
  readonly row: KeyRow;
  /** Whether the row holds the column at a position; others get what stands for a missing value. */
  readonly isHeld: (position: number) => boolean;
  /** Whether a cell that was not sent is taken from the old row. */
  readonly isFilled: (position: number) => boolean;
}

export const ALWAYS = (): boolean => true;
export const NEVER = (): boolean => false;

/** A table row as a struct. */
export function rowPlan(columns: readonly DebeziumColumn[], facts: RowFacts): RowPlan {
  const cells = columns.map((column) =>
    facts.isHeld(column.position) ? heldCell(column, facts, column.whenUnsent) : missingCell(column),
  );
  return { kind: 'row', row: facts.row, cells };
}

/** The key columns of a row as a struct: a part that was not sent is refused, as nothing may stand for it. */
export function keyPlan(key: readonly DebeziumColumn[], facts: RowFacts): RowPlan {
  const cells = key.map((column) =>
    facts.isHeld(column.position) ? heldCell(column, facts, null) : missingCell(column),
  );
  return { kind: 'row', row: facts.row, cells };
}

function heldCell(column: DebeziumColumn, { isFilled }: RowFacts, whenUnsent: FixedPlan | null): CellPlan {
  const { name, position, form, whenNull } = column;
  return {
    name,
    position,
    form,
    fillFromBefore: isFilled(position),
    whenNull: constantOf(whenNull) ?? null,
    whenUnsent: whenUnsent === null ? undefined : constantOf(whenUnsent),
    ...formed('formedWhenNull', whenNull),
    ...formed('formedWhenUnsent', whenUnsent),
  };
}

function missingCell({ name, form, whenMissing }: DebeziumColumn): CellPlan {
  const constant = constantOf(whenMissing) ?? null;
  return {
    name,
    position: -1,
    form,
    fillFromBefore: false,
    whenNull: constant,
    whenUnsent: constant,
    ...formed('formedWhenNull', whenMissing),
    ...formed('formedWhenUnsent', whenMissing),
  };
}

function constantOf(plan: FixedPlan): Constant | undefined {
  return plan.kind === 'constant' ? plan.value : undefined;
}

function formed(
  name: 'formedWhenNull' | 'formedWhenUnsent',
  plan: FixedPlan | null,
): { readonly [name in 'formedWhenNull' | 'formedWhenUnsent']?: FormedPlan } {
  return plan?.kind === 'formed' ? { [name]: plan } : {};
}
