import type { CellForm } from '../form.ts';
import { type ConnectSchema, logical, plain } from './connect-schema.ts';
import type { DebeziumSettings } from './settings.ts';
import type { TypedForm } from './typed-form.ts';

const ZERO = { text: '0' } as const;
const MONEY_DIGITS = 2;

export function integerForm(bits: 16 | 32 | 64): TypedForm {
  return { form: { kind: 'integer', bits }, schema: plain(`int${bits}`), zero: ZERO };
}

export function floatForm(bits: 32 | 64): TypedForm {
  return { form: { kind: 'float', bits }, schema: plain(bits === 32 ? 'float' : 'double'), zero: ZERO };
}

/** Precision and scale from the modifier of `numeric(p,s)`; null: any number. */
export interface NumericSize {
  readonly precision: number;
  readonly scale: number;
}

/**
 * PostgreSQL keeps the scale in eleven bits, and Debezium takes a negative one as it stands there (-2 as 2046). openGauss
 * keeps it in sixteen; a number without a fraction has scale 0 there.
 */
export function numericSize(modifier: number, dialect: 'postgres' | 'opengauss' | 'gaussdb'): NumericSize | null {
  if (modifier < 4) return null;
  const precision = ((modifier - 4) >>> 16) & 0xffff;
  if (dialect === 'postgres') return { precision, scale: (modifier - 4) & 0x7ff };
  return { precision, scale: Math.max(0, ((modifier - 4) << 16) >> 16) };
}

export function numericForm(size: NumericSize | null, { decimals }: DebeziumSettings): TypedForm {
  if (decimals === 'double') return { form: { kind: 'decimal-double' }, schema: plain('double'), zero: ZERO };
  if (decimals === 'string') {
    return { form: { kind: 'decimal-text', scale: size?.scale ?? null }, schema: plain('string'), zero: ZERO };
  }
  if (size === null) return { form: { kind: 'variable-decimal' }, schema: VARIABLE_SCALE, zero: ZERO };
  return {
    form: { kind: 'decimal', scale: size.scale },
    schema: decimalSchema({ scale: String(size.scale), 'connect.decimal.precision': String(size.precision) }),
    zero: ZERO,
  };
}

export function moneyForm({ decimals }: DebeziumSettings): TypedForm {
  const as = MONEY_FORMS[decimals];
  const schema = decimals === 'precise' ? decimalSchema({ scale: String(MONEY_DIGITS) }) : plain(MONEY_TYPES[decimals]);
  return { form: { kind: 'money', as }, schema, zero: ZERO };
}

const MONEY_FORMS: Readonly<Record<DebeziumSettings['decimals'], (CellForm & { kind: 'money' })['as']>> = {
  precise: 'decimal',
  string: 'decimal-text',
  double: 'decimal-double',
};
const MONEY_TYPES = { string: 'string', double: 'double' } as const;

const VARIABLE_SCALE: ConnectSchema = {
  type: 'struct',
  isOptional: false,
  fields: [
    { name: 'scale', schema: plain('int32') },
    { name: 'value', schema: plain('bytes') },
  ],
  name: 'io.debezium.data.VariableScaleDecimal',
  version: 1,
  doc: 'Variable scaled decimal',
};

function decimalSchema(parameters: Readonly<Record<string, string>>): ConnectSchema {
  return logical('bytes', 'org.apache.kafka.connect.data.Decimal', parameters);
}
