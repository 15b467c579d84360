import type { Change, RowOp } from '../../domain/change.ts';
import type { TableDescription } from '../../domain/relation.ts';
import type { TableContext } from '../envelope.ts';
import type { CellPlan, Constant, MemberPlan, RecordPlan, RowPlan, Shape, ShapePlan, ValuePlan } from '../plan.ts';
import { sqlTypeCode } from '../scalars.ts';

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
export const drsShape: Shape = { plan: planDrs };

const INSERT = 0;
const UPDATE = 1;
const UPDATE_KEY = 2;
const UPDATE_FULL = 3;
const DELETE_KEY = 4;
const DELETE_FULL = 5;

const DB_TYPES = { postgres: 'PostgreSQL', opengauss: 'openGauss', gaussdb: 'GaussDB' } as const;
const OP_TYPES: Readonly<Record<RowOp, string>> = { c: 'INSERT', u: 'UPDATE', d: 'DELETE' };

function planDrs(context: TableContext): ShapePlan {
  const { description } = context;
  const all = description.relation.columns.map((_, position) => position);
  const identity = description.identityColumns;
  const record = (op: RowOp, data: RowPlan | null, old: RowPlan | null): readonly RecordPlan[] => [
    { keyRow: op === 'd' ? 'before' : 'after', op, value: drsValue(context, op, data, old) },
  ];
  const data = (filled: readonly number[]) => row(description, 'after', all, filled);
  const old = (columns: readonly number[]) => row(description, 'before', columns);
  const cases: (readonly RecordPlan[])[] = [];
  cases[INSERT] = record('c', data([]), null);
  cases[UPDATE] = record('u', data([]), row(description, 'after', identity));
  cases[UPDATE_KEY] = record('u', data(identity), old(identity));
  cases[UPDATE_FULL] = record('u', data(all), old(all));
  cases[DELETE_KEY] = record('d', null, old(identity));
  cases[DELETE_FULL] = record('d', null, old(all));
  return { cases, caseOf };
}

function caseOf({ op, beforeKind }: Change): number {
  if (op === 'c') return INSERT;
  if (op === 'd') return beforeKind === 'full' ? DELETE_FULL : DELETE_KEY;
  if (beforeKind === 'none') return UPDATE;
  return beforeKind === 'full' ? UPDATE_FULL : UPDATE_KEY;
}

function drsValue(context: TableContext, op: RowOp, data: RowPlan | null, old: RowPlan | null): ValuePlan {
  const { relation, keyColumns, typeNames, baseTypeOids, typeCategories } = context.description;
  const perColumn = (name: string, value: (position: number) => Constant): MemberPlan => ({
    name,
    value: {
      kind: 'object',
      members: relation.columns.map((column, position) => constant(column.name, value(position))),
    },
  });
  const keyNames = keyColumns.map((position) => relation.columns[position]!.name);
  return {
    kind: 'object',
    members: [
      perColumn('columnType', (position) => typeNames[position]!),
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
      perColumn('sqlType', (position) => sqlTypeCode(baseTypeOids[position]!, typeCategories[position]!)),
      rows('data', data),
      rows('old', old),
      constant('pkNames', keyNames.length === 0 ? null : keyNames),
    ],
  };
}

function row(
  { relation }: TableDescription,
  of: 'after' | 'before',
  positions: readonly number[],
  filled: readonly number[] = [],
): RowPlan {
  const cells = positions.map(
    (position): CellPlan => ({
      name: relation.columns[position]!.name,
      position,
      fillFromBefore: filled.includes(position),
    }),
  );
  return { kind: 'row', row: of, cells };
}

function rows(name: string, plan: RowPlan | null): MemberPlan {
  return plan === null ? constant(name, null) : { name, value: { kind: 'list', items: [plan] } };
}

function constant(name: string, value: Constant): MemberPlan {
  return { name, value: { kind: 'constant', value } };
}
