import type { TableContext } from '../envelope.ts';
import type { MemberPlan, ValuePlan } from '../plan.ts';

type FieldPlan = (context: TableContext) => ValuePlan;

const number = (field: Extract<ValuePlan, { kind: 'number' }>['field']): FieldPlan => {
  return () => ({ kind: 'number', field });
};
const text = (field: Extract<ValuePlan, { kind: 'text' }>['field']): FieldPlan => {
  return () => ({ kind: 'text', field });
};

/** Facts of the change that a flat row may carry. Names are those of Debezium's `source` block; `id` is the event number. */
const FIELDS: ReadonlyMap<string, FieldPlan> = new Map([
  ['db', ({ database }) => ({ kind: 'constant', value: database })],
  ['schema', ({ description }) => ({ kind: 'constant', value: description.relation.schema })],
  ['table', ({ description }) => ({ kind: 'constant', value: description.relation.table })],
  ['id', number('event-number')],
  ['txId', number('xid')],
  ['lsn', number('lsn')],
  ['sequence', text('sequence')],
  ['origin', text('origin')],
  ['ts_ms', number('commit-ms')],
  ['ts_us', number('commit-us')],
  ['ts_ns', number('commit-ns')],
]);

export const SOURCE_FIELDS: readonly string[] = [...FIELDS.keys()];

/** With or without Debezium's prefix: `source.ts_ms`. */
export function isSourceField(field: string): boolean {
  return FIELDS.has(withoutPrefix(field));
}

/** As Debezium names it: `lsn` → `__lsn`, `source.ts_ms` → `__source_ts_ms`. */
export function sourceMemberName(field: string): string {
  return `__${field.replaceAll('.', '_')}`;
}

/** The member of a field that `isSourceField` takes. */
export function sourceMember(field: string, context: TableContext): MemberPlan {
  return { name: sourceMemberName(field), value: FIELDS.get(withoutPrefix(field))!(context) };
}

function withoutPrefix(field: string): string {
  return field.startsWith('source.') ? field.slice('source.'.length) : field;
}
