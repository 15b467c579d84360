import type { RowOp } from '../../domain/change.ts';
import { CdcError } from '../../domain/errors.ts';
import type { KeyRow, TableContext } from '../envelope.ts';
import type { EnvelopeOptions } from '../options.ts';
import type { MemberPlan, RecordPlan, RowPlan, Shape, ShapePlan } from '../plan.ts';
import { compileKeyChange } from './key-change.ts';
import { flatForms } from './plain-forms.ts';
import { constant, nullCell, placeholderOf, rowPlan } from './rows.ts';
import { DELETE_FULL, DELETE_KEY, INSERT, sentCaseOf, UPDATE, UPDATE_FULL, UPDATE_KEY } from './sent-cases.ts';
import { sourceMember } from './source-fields.ts';

/** Doris' hidden column, which a load job can name as a column of the input. */
export const DORIS_DELETE_SIGN = '__DORIS_DELETE_SIGN__';

/**
 * The row itself: `{ columns…, __deleted, __op, __DORIS_DELETE_SIGN__, source fields… }`, of which only the columns are
 * there unless options ask for more.
 *
 * | case                    | records                                                          |
 * |-------------------------|------------------------------------------------------------------|
 * | insert, update          | new row                                                          |
 * | delete                  | old row, if a member marks it as deleted; tombstone              |
 * | update of the key       | as a delete, by the old key; then the new row as an insert       |
 *
 * Of a row that the server sent only the identity columns of, the other columns are null. In a new row, cells that were
 * not sent are taken from the old row as far as that holds them.
 */
export function flatShape(options: EnvelopeOptions): Shape {
  return { plan: (context) => planFlat(context, options) };
}

const KEY_CHANGE_KEY = 6;
const KEY_CHANGE_FULL = 7;

/** Errors: OPTION_UNSUPPORTED when a column has the name of a member that options ask for. */
export function planFlat(context: TableContext, options: EnvelopeOptions): ShapePlan {
  const { description } = context;
  const all = description.relation.columns.map((_, position) => position);
  const identity = description.identityColumns;
  const created = flatRecord(context, options, 'c');
  const updated = flatRecord(context, options, 'u');
  const deleted = (held: readonly number[]) => deleteRecords(context, options, held);
  const cases: (readonly RecordPlan[])[] = [];
  cases[INSERT] = [created(all, [])];
  cases[UPDATE] = [updated(all, [])];
  cases[UPDATE_KEY] = [updated(all, identity)];
  cases[UPDATE_FULL] = [updated(all, all)];
  cases[DELETE_KEY] = deleted(identity);
  cases[DELETE_FULL] = deleted(all);
  cases[KEY_CHANGE_KEY] = [...deleted(identity), created(all, identity)];
  cases[KEY_CHANGE_FULL] = [...deleted(all), created(all, all)];
  const keyChanged = compileKeyChange(description.keyColumns);
  return {
    cases,
    caseOf(change) {
      const sent = sentCaseOf(change);
      if (sent === UPDATE_KEY && keyChanged(change)) return KEY_CHANGE_KEY;
      return sent === UPDATE_FULL && keyChanged(change) ? KEY_CHANGE_FULL : sent;
    },
  };
}

function deleteRecords(
  context: TableContext,
  options: EnvelopeOptions,
  held: readonly number[],
): readonly RecordPlan[] {
  const row = flatRecord(context, options, 'd')(held, []);
  const tombstone: RecordPlan = { keyRow: 'before', op: 'd', value: null };
  return [...(marksDeletes(options.unwrap ?? {}) ? [row] : []), ...(options.tombstones ? [tombstone] : [])];
}

interface Marks {
  readonly op?: unknown;
  readonly deleted?: unknown;
  readonly dorisDeleteSign?: unknown;
}

/** Whether a reader could tell a deleted row from a new one. */
export function marksDeletes({ op, deleted, dorisDeleteSign }: Marks): boolean {
  return op !== undefined || deleted !== undefined || dorisDeleteSign === true;
}

/** Makes a record out of the positions its row holds and those that the old row fills. */
function flatRecord(
  context: TableContext,
  options: EnvelopeOptions,
  op: RowOp,
): (held: readonly number[], filled: readonly number[]) => RecordPlan {
  const { description } = context;
  const row: KeyRow = op === 'd' ? 'before' : 'after';
  const forms = flatForms(description, options);
  const members = flatMembers(context, options, op);
  refuseCollisions(context, members);
  return (held, filled) => {
    const positions = description.relation.columns.map((_, position) => position);
    const plan = rowPlan(description, { row, positions, filled, forms, placeholder: placeholderOf(options) });
    const cells = plan.cells.map((cell) => (held.includes(cell.position) ? cell : nullCell(cell.name)));
    const value: RowPlan = { kind: 'row', row, cells, members };
    return { keyRow: row, op, value };
  };
}

/** In the order of Debezium's ExtractNewRecordState. */
function flatMembers(context: TableContext, { unwrap }: EnvelopeOptions, op: RowOp): readonly MemberPlan[] {
  const isDeleted = op === 'd';
  return [
    ...(unwrap?.deleted === undefined ? [] : [constant(unwrap.deleted, String(isDeleted))]),
    ...(unwrap?.op === undefined ? [] : [constant(unwrap.op, op)]),
    ...(unwrap?.dorisDeleteSign ? [constant(DORIS_DELETE_SIGN, isDeleted ? '1' : '0')] : []),
    ...(unwrap?.sourceFields ?? []).map((field) => sourceMember(field, context)),
  ];
}

/** A JSON object with a name twice is read by each reader in its own way. */
function refuseCollisions({ description }: TableContext, members: readonly MemberPlan[]): void {
  const { schema, table, columns } = description.relation;
  const names = new Set(columns.map((column) => column.name));
  const taken = members.find((member) => names.has(member.name));
  if (taken === undefined) return;
  throw new CdcError(
    'OPTION_UNSUPPORTED',
    `${schema}.${table} has a column ${taken.name}: envelope.unwrap cannot add a member of this name`,
    {
      data: { schema, table, column: taken.name },
      hint: 'Choose another name under envelope.unwrap, or exclude the table.',
    },
  );
}
