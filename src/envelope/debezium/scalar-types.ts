import type { TableContext } from '../envelope.ts';
import type { CellForm } from '../form.ts';
import { type ConnectSchema, logical, optional, plain } from './connect-schema.ts';
import { floatForm, integerForm, moneyForm, numericForm, numericSize } from './number-types.ts';
import type { DebeziumSettings } from './settings.ts';
import { dateForm, intervalForm, timeForm, timestampForm, zonedTimeForm, zonedTimestampForm } from './time-types.ts';
import { type ColumnType, isBuiltIn, type TypedForm, textForm } from './typed-form.ts';

type Dialect = TableContext['dialect'];
type TypeRule = (modifier: number, settings: DebeziumSettings, dialect: Dialect) => TypedForm;

const TEXT: TypeRule = () => textForm();
const JSON_TEXT: TypeRule = () => textForm('io.debezium.data.Json');
const BYTES: TypeRule = (_, settings) => bytesForm(settings);
const UNBOUNDED_BITS = 2_147_483_647;

/** Types that come with the server, by pg_type.typname. */
const BUILT_IN: ReadonlyMap<string, TypeRule> = new Map<string, TypeRule>([
  ['bool', () => ({ form: { kind: 'boolean' }, schema: plain('boolean'), zero: { constant: false } })],
  ['int2', () => integerForm(16)],
  ['int4', () => integerForm(32)],
  ['int8', () => integerForm(64)],
  // Unsigned: does not fit 32 bits.
  ['oid', () => integerForm(64)],
  ['float4', () => floatForm(32)],
  ['float8', () => floatForm(64)],
  ['numeric', (modifier, settings, dialect) => numericForm(numericSize(modifier, dialect), settings)],
  ['money', (_, settings) => moneyForm(settings)],
  ['bpchar', TEXT],
  ['varchar', TEXT],
  ['text', TEXT],
  ['char', TEXT],
  ['inet', TEXT],
  ['cidr', TEXT],
  ['macaddr', TEXT],
  ['macaddr8', TEXT],
  ['int4range', TEXT],
  ['int8range', TEXT],
  ['numrange', TEXT],
  ['tsrange', TEXT],
  ['tstzrange', TEXT],
  ['daterange', TEXT],
  ['uuid', () => textForm('io.debezium.data.Uuid')],
  ['json', JSON_TEXT],
  ['jsonb', JSON_TEXT],
  ['xml', () => textForm('io.debezium.data.Xml')],
  ['bytea', BYTES],
  ['bit', bitForm],
  ['varbit', bitForm],
  ['point', pointForm],
  ['date', (_, settings) => dateForm(settings)],
  ['time', timeForm],
  ['timestamp', timestampForm],
  ['timetz', zonedTimeForm],
  ['timestamptz', zonedTimestampForm],
  ['interval', (_, settings) => intervalForm(settings)],
  // openGauss only.
  ['int1', () => integerForm(16)],
  ['nvarchar2', TEXT],
  ['clob', TEXT],
  ['raw', BYTES],
  ['blob', BYTES],
  ['smalldatetime', (_, settings) => timestampForm(-1, settings)],
]);

/** Types of extensions. Debezium, too, knows them by their names. */
const EXTENSIONS: ReadonlyMap<string, TypeRule> = new Map<string, TypeRule>([
  ['citext', TEXT],
  ['ltree', () => textForm('io.debezium.data.Ltree')],
  ['hstore', (_, settings) => hstoreForm(settings)],
]);

/** A type that is no array; null: Debezium does not know it. */
export function scalarForm(type: ColumnType, settings: DebeziumSettings, dialect: Dialect): TypedForm | null {
  if (type.category === 'e') return enumForm(type.enumLabels ?? []);
  if (type.name === 'tsvector' && isBuiltIn(type.oid)) return tsvectorForm(settings);
  const rules = isBuiltIn(type.oid) ? BUILT_IN : EXTENSIONS;
  return rules.get(type.name)?.(type.modifier, settings, dialect) ?? null;
}

export function enumForm(labels: readonly string[]): TypedForm {
  return textForm('io.debezium.data.Enum', { allowed: labels.join(',') });
}

/** Left out before 3.6. */
function tsvectorForm({ profile }: DebeziumSettings): TypedForm | null {
  return profile === '2.7' || profile === '3.1' ? null : textForm('io.debezium.data.Tsvector');
}

const BINARY_FORMS = { bytes: 'bytes', base64: 'base64', 'base64-url-safe': 'base64-url', hex: 'hex' } as const;

function bytesForm({ binary }: DebeziumSettings): TypedForm {
  const form: CellForm = { kind: 'bytes', as: BINARY_FORMS[binary] };
  return { form, schema: plain(binary === 'bytes' ? 'bytes' : 'string'), zero: { text: '\\x' } };
}

/** One bit is a boolean; `bit varying` without a length has the largest. */
function bitForm(modifier: number): TypedForm {
  if (modifier === 1) return { form: { kind: 'bit' }, schema: plain('boolean'), zero: { constant: false } };
  const length = String(modifier < 0 ? UNBOUNDED_BITS : modifier);
  return { form: { kind: 'bits' }, schema: logical('bytes', 'io.debezium.data.Bits', { length }), zero: { text: '' } };
}

function hstoreForm({ hstore }: DebeziumSettings): TypedForm {
  if (hstore === 'json') {
    const schema = logical('string', 'io.debezium.data.Json');
    return { form: { kind: 'hstore', as: 'json' }, schema, zero: { constant: '{}' } };
  }
  const schema: ConnectSchema = {
    type: 'map',
    isOptional: false,
    keys: plain('string'),
    values: optional(plain('string')),
  };
  return { form: { kind: 'hstore', as: 'map' }, schema, zero: { constant: {} } };
}

function pointForm(): TypedForm {
  const schema: ConnectSchema = {
    type: 'struct',
    isOptional: false,
    fields: [
      { name: 'x', schema: plain('double') },
      { name: 'y', schema: plain('double') },
      { name: 'wkb', schema: optional(plain('bytes')) },
      { name: 'srid', schema: optional(plain('int32')) },
    ],
    name: 'io.debezium.data.geometry.Point',
    version: 1,
    doc: 'Geometry (POINT)',
  };
  return { form: { kind: 'point' }, schema, zero: { text: '(0,0)' } };
}
