import type { RowOp } from '../../domain/change.ts';
import type { TableContext } from '../envelope.ts';
import type { EnvelopeOptions } from '../options.ts';
import type { RecordPlan, RowPlan, Shape, ShapePlan, ValuePlan } from '../plan.ts';
import { sqlTypeCode } from '../scalars.ts';
import { constant, keyNames, listOf, perColumn, placeholderOf, rowPlan } from './rows.ts';
import { DELETE_FULL, DELETE_KEY, INSERT, sentCaseOf, UPDATE, UPDATE_FULL, UPDATE_KEY } from './sent-cases.ts';

/** Which member holds a deleted row. */
type DeletedIn = 'data' | 'old';

/**
 * The message of the service we replace, one object per change:
 * `columnType dbType schema opType id es ts database table type isDdl sql sqlType data old pkNames`.
 *
 * | case          | data                             | old                                     |
 * |---------------|----------------------------------|-----------------------------------------|
 * | insert        | new row                          | null                                    |
 * | update        | new row                          | identity columns, from the new row      |
 * | update, key   | new row, identity columns filled | identity columns, as the server sent them |
 * | update, full  | new row, filled                  | old row                                 |
 * | delete, key   | null                             | identity columns                        |
 * | delete, full  | null                             | old row                                 |
 *
 * "Filled": a cell that was not sent because it did not change is taken from the old row, if that holds it.
 */
export function drsShape(options: EnvelopeOptions): Shape {
  return { plan: (context) => planDrs(context, options, 'old') };
}

/** The variant called JSON-C: a deleted row is in `data`, and `old` is null. */
export function drsCShape(options: EnvelopeOptions): Shape {
  return { plan: (context) => planDrs(context, options, 'data') };
}

const DB_TYPES = { postgres: 'PostgreSQL', opengauss: 'openGauss', gaussdb: 'GaussDB' } as const;
export const OP_TYPES: Readonly<Record<RowOp, string>> = { c: 'INSERT', u: 'UPDATE', d: 'DELETE' };

function planDrs(context: TableContext, options: EnvelopeOptions, deletedIn: DeletedIn): ShapePlan {
  const { description } = context;
  const all = description.relation.columns.map((_, position) => position);
  const identity = description.identityColumns;
  const placeholder = placeholderOf(options);
  const record = (op: RowOp, data: RowPlan | null, old: RowPlan | null): readonly RecordPlan[] => [
    { keyRow: op === 'd' ? 'before' : 'after', op, value: drsValue(context, op, data, old) },
  ];
  const data = (filled: readonly number[]) =>
    rowPlan(description, { row: 'after', positions: all, filled, placeholder });
  const old = (positions: readonly number[]) => rowPlan(description, { row: 'before', positions });
  const deleted = (row: RowPlan) => (deletedIn === 'data' ? record('d', row, null) : record('d', null, row));
  const cases: (readonly RecordPlan[])[] = [];
  cases[INSERT] = record('c', data([]), null);
  cases[UPDATE] = record('u', data([]), rowPlan(description, { row: 'after', positions: identity }));
  cases[UPDATE_KEY] = record('u', data(identity), old(identity));
  cases[UPDATE_FULL] = record('u', data(all), old(all));
  cases[DELETE_KEY] = deleted(old(identity));
  cases[DELETE_FULL] = deleted(old(all));
  return { cases, caseOf: sentCaseOf };
}

function drsValue(context: TableContext, op: RowOp, data: RowPlan | null, old: RowPlan | null): ValuePlan {
  const { description } = context;
  const { relation, typeNames, baseTypeOids, typeCategories } = description;
  return {
    kind: 'object',
    members: [
      perColumn(description, 'columnType', (position) => typeNames[position]!),
      constant('dbType', DB_TYPES[context.dialect]),
      constant('schema', relation.schema),
      constant('opType', OP_TYPES[op]),
      { name: 'id', value: { kind: 'number', field: 'event-number' } },
      { name: 'es', value: { kind: 'number', field: 'commit-ms' } },
      { name: 'ts', value: { kind: 'number', field: 'sent-ms' } },
      constant('database', context.database),
      constant('table', relation.table),
      constant('type', OP_TYPES[op]),
      constant('isDdl', false),
      constant('sql', ''),
      perColumn(description, 'sqlType', (position) => sqlTypeCode(baseTypeOids[position]!, typeCategories[position]!)),
      listOf('data', data),
      listOf('old', old),
      constant('pkNames', keyNames(description)),
    ],
  };
}
