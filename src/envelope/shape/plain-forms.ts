import type { TableDescription } from '../../domain/relation.ts';
import type { CellForm, TimeUnit } from '../form.ts';
import type { BinaryHandling, EnvelopeOptions, TimePrecision } from '../options.ts';
import { TEXT } from './rows.ts';

type Kind =
  | 'boolean'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float32'
  | 'float64'
  | 'numeric'
  | 'bytes'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'timestamptz'
  | 'interval';

/** Type oid (pg_type, domains resolved) → kind. Every other type, arrays too, is published as the database's text. */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [16, 'boolean'],
  [17, 'bytes'], // bytea
  [20, 'int64'],
  [21, 'int16'],
  [23, 'int32'],
  [26, 'int64'], // oid: unsigned, does not fit 32 bits
  [700, 'float32'],
  [701, 'float64'],
  [1082, 'date'],
  [1083, 'time'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1186, 'interval'],
  [1266, 'timetz'],
  [1700, 'numeric'],
  // openGauss only.
  [86, 'bytes'], // raw
  [88, 'bytes'], // blob
  [5545, 'int16'], // int1 (tinyint)
  [9003, 'timestamp'], // smalldatetime
]);

/** Flink reads TIMESTAMP_LTZ only with `Z`; Doris knows `Z`, and offsets with minutes, not `+00`. */
const ZONED: CellForm = { kind: 'zoned-text' };
const BYTES = { bytes: 'bytes', base64: 'base64', 'base64-url-safe': 'base64-url', hex: 'hex' } as const;

/** Forms of canal-json: every value is text, and such that Flink reads it. */
export function canalForms(description: TableDescription, { binaryHandling }: EnvelopeOptions): readonly CellForm[] {
  return description.baseTypeOids.map((oid): CellForm => {
    switch (KINDS.get(oid)) {
      case 'boolean':
        return { kind: 'boolean-text' };
      case 'bytes':
        return bytes(binaryHandling);
      case 'timestamptz':
        return ZONED;
      default:
        return TEXT;
    }
  });
}

/** Forms of flat rows: numbers and booleans as such, the rest as text unless an option says otherwise. */
export function flatForms(description: TableDescription, options: EnvelopeOptions): readonly CellForm[] {
  return description.baseTypeOids.map((oid, position) => {
    const { typeModifier, baseTypeName } = description.facts[position]!;
    const kind = KINDS.get(oid);
    if (kind !== undefined) return flatForm(kind, typeModifier, options);
    const { hstoreHandling } = options;
    return baseTypeName === 'hstore' && hstoreHandling ? { kind: 'hstore', as: hstoreHandling } : TEXT;
  });
}

function flatForm(kind: Kind, modifier: number, options: EnvelopeOptions): CellForm {
  const { timePrecision, intervalHandling } = options;
  switch (kind) {
    case 'boolean':
      return { kind: 'boolean' };
    case 'int16':
      return { kind: 'integer', bits: 16 };
    case 'int32':
      return { kind: 'integer', bits: 32 };
    case 'int64':
      return { kind: 'integer', bits: 64 };
    case 'float32':
      return { kind: 'float', bits: 32 };
    case 'float64':
      return { kind: 'float', bits: 64 };
    case 'numeric':
      // The database prints digits without an exponent: they are exact, while JSON numbers are read as doubles.
      return options.decimalHandling === 'double' ? { kind: 'decimal-double' } : TEXT;
    case 'bytes':
      return bytes(options.binaryHandling);
    case 'interval':
      if (intervalHandling === undefined) return TEXT;
      return { kind: intervalHandling === 'numeric' ? 'interval' : 'iso-interval' };
    default:
      if (timePrecision !== undefined) return timeForm(kind, modifier, timePrecision);
      return kind === 'timestamptz' ? ZONED : TEXT;
  }
}

/** Dates and times as Debezium's modes have them; what has a zone is text in all of them. */
function timeForm(
  kind: 'date' | 'time' | 'timetz' | 'timestamp' | 'timestamptz',
  modifier: number,
  mode: TimePrecision,
): CellForm {
  const isText = mode === 'isostring';
  switch (kind) {
    case 'timestamptz':
      return { kind: 'zoned-timestamp', digits: modifier < 0 ? 6 : modifier };
    case 'timetz':
      return { kind: 'zoned-time' };
    case 'date':
      return { kind: isText ? 'iso-date' : 'days' };
    case 'time':
      return isText ? { kind: 'iso-time' } : { kind: 'time', unit: timeUnit(kind, modifier, mode) };
    case 'timestamp':
      return isText ? { kind: 'iso-timestamp' } : { kind: 'timestamp', unit: timeUnit(kind, modifier, mode) };
  }
}

function timeUnit(kind: 'time' | 'timestamp', modifier: number, mode: TimePrecision): TimeUnit {
  if (mode === 'connect') return 'ms';
  if (mode === 'nanoseconds') return 'ns';
  if (mode === 'microseconds' || (mode === 'adaptive-time-microseconds' && kind === 'time')) return 'us';
  return modifier >= 0 && modifier <= 3 ? 'ms' : 'us';
}

function bytes(handling: BinaryHandling | undefined): CellForm {
  return { kind: 'bytes', as: BYTES[handling ?? 'base64'] };
}
