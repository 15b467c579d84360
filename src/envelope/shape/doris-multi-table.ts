import { CdcError } from '../../domain/errors.ts';
import type { TableContext } from '../envelope.ts';
import type { EnvelopeOptions } from '../options.ts';
import type { RecordPlan, Shape, ShapePlan } from '../plan.ts';
import { planFlat } from './flat.ts';

/**
 * One line per record, `table|{flat row}`, as a multi-table routine load of Doris reads it: the table is what stands before
 * the first `|`, without schema, and the rest a row of it. Such a job fills no hidden column, so a delete is a row with a
 * visible mark; a record without `|` breaks it, so there are no tombstones.
 */
export function dorisMultiTableShape(options: EnvelopeOptions): Shape {
  return { plan: (context) => planMultiTable(context, options) };
}

/** Errors: OPTION_UNSUPPORTED for a table name that holds `|` or ends the line; as flat rows. */
function planMultiTable(context: TableContext, options: EnvelopeOptions): ShapePlan {
  const { schema, table } = context.description.relation;
  if (/[|\r\n]/.test(table)) {
    throw new CdcError(
      'OPTION_UNSUPPORTED',
      `table ${schema}.${table}: format doris-multi-table cannot carry a table name with | or a line break`,
      { data: { schema, table }, hint: 'Exclude the table, or use format flat-json with a job of its own.' },
    );
  }
  const plan = planFlat(context, options);
  const prefixed = (record: RecordPlan): RecordPlan =>
    record.value === null
      ? record
      : { ...record, value: { kind: 'prefixed', prefix: `${table}|`, value: record.value } };
  return { ...plan, cases: plan.cases.map((records) => records.map(prefixed)) };
}
