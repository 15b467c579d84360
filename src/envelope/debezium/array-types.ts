import type { TableContext } from '../envelope.ts';
import type { ArrayForm, CellForm } from '../form.ts';
import { type ConnectSchema, optional, plain } from './connect-schema.ts';
import { scalarForm } from './scalar-types.ts';
import type { DebeziumSettings } from './settings.ts';
import { fractionDigits, timeForm } from './time-types.ts';
import { type ColumnType, isBuiltIn, type StandIn, type TypedForm } from './typed-form.ts';

const NO_ITEMS: StandIn = { constant: [] };

/** Types whose arrays Debezium leaves out though it knows the types. */
const WITHOUT_ARRAYS: ReadonlySet<string> = new Set(['money', 'interval', 'varbit', 'xml', 'point', 'tsvector']);

/** An array; null: Debezium leaves it out, or (unless asked to be faithful) declares but never fills it. */
export function arrayForm(
  type: ColumnType,
  settings: DebeziumSettings,
  dialect: TableContext['dialect'],
): TypedForm | null {
  const { element } = type;
  if (element === null || isArrayOfDomain(type) || WITHOUT_ARRAYS.has(element.name)) return null;
  const elementType: ColumnType = { ...type, ...element, element: null };
  const item = scalarForm(elementType, settings, dialect);
  if (item === null) return null;
  if (element.name === 'bit') return settings.isFaithful ? { ...item, form: { kind: 'null' } } : null;
  if (settings.isFaithful) return faithfulForm(elementType, item, settings);
  return listOf({ kind: 'array', element: item.form }, optional(item.schema));
}

/** Arrays of types that come with the server come with it, too, unless a domain was put between. */
function isArrayOfDomain({ oid, element }: ColumnType): boolean {
  return !isBuiltIn(oid) && element !== null && isBuiltIn(element.oid);
}

/**
 * With what Debezium loses: fractions below milliseconds of `time`, all fractions of `timetz`; enum and ltree arrays with a
 * NULL; in 2.7 all values of `time(0-3)`, which it declares as microseconds.
 */
function faithfulForm(element: ColumnType, item: TypedForm, settings: DebeziumSettings): TypedForm {
  const form: ArrayForm = { kind: 'array', element: item.form };
  if (element.category === 'e') return listOf({ ...form, isStrict: true }, item.schema);
  const items = optional(item.schema);
  switch (element.name) {
    case 'ltree':
      return listOf({ ...form, isStrict: true }, items);
    case 'time':
      return settings.profile === '2.7' ? oldTimes(element, settings) : listOf({ ...form, fractionDigits: 3 }, items);
    case 'timetz':
      return listOf({ ...form, fractionDigits: 0 }, items);
    default:
      return listOf(form, items);
  }
}

function oldTimes({ modifier }: ColumnType, settings: DebeziumSettings): TypedForm {
  const micros = timeForm(-1, { ...settings, times: 'adaptive' });
  const isReadable = settings.times !== 'connect' && fractionDigits(modifier) > 3;
  const element: CellForm = isReadable ? micros.form : { kind: 'null' };
  return listOf({ kind: 'array', element, fractionDigits: 3, isStrict: !isReadable }, optional(micros.schema));
}

function listOf(form: ArrayForm, items: ConnectSchema): TypedForm {
  return { form, schema: { ...plain('array'), items }, zero: NO_ITEMS };
}
