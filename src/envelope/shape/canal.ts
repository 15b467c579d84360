import type { RowOp } from '../../domain/change.ts';
import type { TableContext } from '../envelope.ts';
import type { EnvelopeOptions } from '../options.ts';
import type { RecordPlan, RowPlan, Shape, ShapePlan, ValuePlan } from '../plan.ts';
import { sqlTypeCode } from '../scalars.ts';
import { OP_TYPES } from './drs.ts';
import { canalForms } from './plain-forms.ts';
import { constant, keyNames, listOf, perColumn, placeholderOf, rowPlan } from './rows.ts';
import { DELETE_FULL, DELETE_KEY, INSERT, sentCaseOf, UPDATE, UPDATE_FULL, UPDATE_KEY } from './sent-cases.ts';

/**
 * Canal's flat message as Flink's canal-json reads it (CanalJsonDeserializationSchema), one object per change:
 * `id database schema table pkNames isDdl type es ts sql sqlType mysqlType data old`. `table` is the bare name, because
 * Flink's filters compare it; `schema` is ours.
 *
 * | case          | data                             | old                                        |
 * |---------------|----------------------------------|--------------------------------------------|
 * | insert        | new row                          | null                                       |
 * | update        | new row                          | nothing changed that we know of: `[{}]`    |
 * | update, key   | new row, identity columns filled | identity columns that differ               |
 * | update, full  | new row, filled                  | columns that differ                        |
 * | delete, key   | identity columns                 | null                                       |
 * | delete, full  | old row                          | null                                       |
 *
 * Flink takes a column that is missing in `old` as unchanged and one that is null as having been NULL; it stops at an
 * `old` that is null or shorter than `data`.
 */
export function canalShape(options: EnvelopeOptions): Shape {
  return { plan: (context) => planCanal(context, options) };
}

const NOTHING_CHANGED: ValuePlan = { kind: 'constant', value: {} };

function planCanal(context: TableContext, options: EnvelopeOptions): ShapePlan {
  const { description } = context;
  const all = description.relation.columns.map((_, position) => position);
  const identity = description.identityColumns;
  const forms = canalForms(description, options);
  const placeholder = placeholderOf(options);
  const record = (op: RowOp, data: RowPlan, old: ValuePlan | null): readonly RecordPlan[] => [
    { keyRow: op === 'd' ? 'before' : 'after', op, value: canalValue(context, op, data, old) },
  ];
  const data = (filled: readonly number[]) =>
    rowPlan(description, { row: 'after', positions: all, filled, forms, placeholder });
  const before = (positions: readonly number[]) => rowPlan(description, { row: 'before', positions, forms });
  const changed = (positions: readonly number[]): RowPlan => ({ ...before(positions), onlyChanged: true });
  const cases: (readonly RecordPlan[])[] = [];
  cases[INSERT] = record('c', data([]), null);
  cases[UPDATE] = record('u', data([]), NOTHING_CHANGED);
  cases[UPDATE_KEY] = record('u', data(identity), changed(identity));
  cases[UPDATE_FULL] = record('u', data(all), changed(all));
  cases[DELETE_KEY] = record('d', before(identity), null);
  cases[DELETE_FULL] = record('d', before(all), null);
  return { cases, caseOf: sentCaseOf };
}

function canalValue(context: TableContext, op: RowOp, data: RowPlan, old: ValuePlan | null): ValuePlan {
  const { description } = context;
  const { relation, typeNames, baseTypeOids, typeCategories } = description;
  return {
    kind: 'object',
    members: [
      { name: 'id', value: { kind: 'number', field: 'event-number' } },
      constant('database', context.database),
      constant('schema', relation.schema),
      constant('table', relation.table),
      constant('pkNames', keyNames(description)),
      constant('isDdl', false),
      constant('type', OP_TYPES[op]),
      { name: 'es', value: { kind: 'number', field: 'commit-ms' } },
      { name: 'ts', value: { kind: 'number', field: 'sent-ms' } },
      constant('sql', ''),
      perColumn(description, 'sqlType', (position) => sqlTypeCode(baseTypeOids[position]!, typeCategories[position]!)),
      perColumn(description, 'mysqlType', (position) => typeNames[position]!),
      listOf('data', data),
      listOf('old', old),
    ],
  };
}
