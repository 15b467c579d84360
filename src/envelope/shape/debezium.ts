import type { Change } from '../../domain/change.ts';
import type { TableDescription } from '../../domain/relation.ts';
import { type DebeziumColumn, describeColumns } from '../debezium/columns.ts';
import { compileIdentityChange, compileKeyChange } from '../debezium/key-change.ts';
import { RecordPlanner } from '../debezium/records.ts';
import { ALWAYS, NEVER, type RowFacts } from '../debezium/rows.ts';
import { type DebeziumRun, type DebeziumSettings, toSettings } from '../debezium/settings.ts';
import type { TableContext } from '../envelope.ts';
import type { EnvelopeOptions } from '../options.ts';
import type { RecordPlan, Shape, ShapePlan } from '../plan.ts';

/**
 * Debezium's change event: `before after source transaction op ts_ms ts_us ts_ns`, with or without schemas.
 *
 * | case                                       | records                                                         |
 * |--------------------------------------------|-----------------------------------------------------------------|
 * | insert                                     | c                                                               |
 * | update, no old row                         | u, before null                                                  |
 * | update, old row, same key                  | u, before the old row                                           |
 * | update, old row, another key               | d and tombstone by the old key, c by the new, headers tell both |
 * | delete                                     | d, tombstone                                                    |
 *
 * Of an old row that has only the identity columns, the others are null, or a default or zero where that is not allowed.
 * openGauss sends the identity of every update's old row; where it did not change, that is no old row, as on PostgreSQL.
 */
export function debeziumShape(options: EnvelopeOptions, run: DebeziumRun): Shape {
  const settings = toSettings(options, run);
  return { plan: (context) => planDebezium(context, settings) };
}

const INSERT = 0;
const UPDATE = 1;
const UPDATE_SAME = 2;
const UPDATE_KEY = 3;
const UPDATE_FULL = 4;
const CHANGE_KEY = 5;
const CHANGE_FULL = 6;
const DELETE_KEY = 7;
const DELETE_FULL = 8;

function planDebezium(context: TableContext, settings: DebeziumSettings): ShapePlan {
  const { description } = context;
  const columns = describeColumns(context, settings);
  const key = keyColumns(description, columns);
  const isIdentity = (position: number) => description.identityColumns.includes(position);
  const records = new RecordPlanner(context, settings, columns, key);
  const inserted: RowFacts = { row: 'after', isHeld: ALWAYS, isFilled: NEVER };
  const identity: RowFacts = { row: 'before', isHeld: isIdentity, isFilled: NEVER };
  const full: RowFacts = { row: 'before', isHeld: ALWAYS, isFilled: NEVER };
  const overIdentity: RowFacts = { ...inserted, isFilled: isIdentity };
  const overFull: RowFacts = { ...inserted, isFilled: ALWAYS };
  const cases: (readonly RecordPlan[])[] = [];
  cases[INSERT] = records.written('c', null, inserted);
  cases[UPDATE] = records.written('u', null, inserted);
  cases[UPDATE_SAME] = records.written('u', null, overIdentity);
  cases[UPDATE_KEY] = records.written('u', identity, overIdentity);
  cases[UPDATE_FULL] = records.written('u', full, overFull);
  cases[CHANGE_KEY] = records.moved(identity, overIdentity);
  cases[CHANGE_FULL] = records.moved(full, overFull);
  cases[DELETE_KEY] = records.deleted(identity);
  cases[DELETE_FULL] = records.deleted(full);
  // A table without columns gives no record.
  if (columns.length === 0) return { cases: cases.map(() => []), caseOf: () => INSERT };
  return { cases, caseOf: compileCaseOf(context, key, isIdentity) };
}

/** The primary key, else the first unique index, even of nullable columns; empty: no key. */
function keyColumns(
  { keyColumns: primary, uniqueIndexes }: TableDescription,
  columns: readonly DebeziumColumn[],
): readonly DebeziumColumn[] {
  const positions = primary.length > 0 ? primary : (uniqueIndexes[0] ?? []);
  return positions.flatMap((position) => columns.find((column) => column.position === position) ?? []);
}

function compileCaseOf(
  { dialect, description }: TableContext,
  key: readonly DebeziumColumn[],
  isIdentity: (position: number) => boolean,
): (change: Change) => number {
  const keyChanged = compileKeyChange(key, isIdentity);
  const identityChanged = compileIdentityChange(description.identityColumns);
  const alwaysSendsIdentity = dialect !== 'postgres';
  return (change) => {
    const { op, beforeKind } = change;
    const isFull = beforeKind === 'full';
    if (op === 'c') return INSERT;
    if (op === 'd') return isFull ? DELETE_FULL : DELETE_KEY;
    if (beforeKind === 'none') return UPDATE;
    if (!isFull && alwaysSendsIdentity && !identityChanged(change)) return UPDATE_SAME;
    if (keyChanged(change)) return isFull ? CHANGE_FULL : CHANGE_KEY;
    return isFull ? UPDATE_FULL : UPDATE_KEY;
  };
}
