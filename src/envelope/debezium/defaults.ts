import type { CellForm } from '../form.ts';
import type { FixedPlan } from './connect-schema.ts';
import type { DebeziumSettings } from './settings.ts';
import { type ColumnType, fixedPlan, type TypedForm } from './typed-form.ts';

/** A call that the expression begins with, maybe in parentheses: `nextval('s'::regclass)`, `now()`. */
const CALL = /^\(?[A-Za-z0-9_.]+\(.*\)/;
const CLOCKS: ReadonlySet<string> = new Set([
  'current_timestamp',
  'current_time',
  'current_date',
  'localtime',
  'localtimestamp',
]);
const LITERAL = /'(.*?)'/s;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATE = /^\d{4,}-\d\d-\d\d( BC)?$/;
const TIME = /^\d\d:\d\d(:\d\d(\.\d+)?)?$/;
const TIMESTAMP = /^\d{4,}-\d\d-\d\d( \d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d(:\d\d){0,2})?)?( BC)?$/;
/** Of IntervalStyle postgres. */
const INTERVAL = /^([+-]?\d+ (year|mon|day)s? ?)*([+-]?\d+:\d\d(:\d\d(\.\d+)?)?)?$/;
const BITS = /^[01]*$/;
const ANYTHING = /^/;

interface DefaultRule {
  /** Stands for the result of a call or of the clock. */
  readonly called: string;
  /** Literals that can be read; there is no default for others. */
  readonly literal: RegExp;
}

/** By pg_type.typname. Types that are not here have no default. */
const RULES: ReadonlyMap<string, DefaultRule> = new Map([
  ['bool', { called: 'false', literal: ANYTHING }],
  ['bpchar', { called: '', literal: ANYTHING }],
  ['varchar', { called: '', literal: ANYTHING }],
  ['text', { called: '', literal: ANYTHING }],
  ['nvarchar2', { called: '', literal: ANYTHING }],
  ['clob', { called: '', literal: ANYTHING }],
  ['numeric', { called: '0.0', literal: NUMBER }],
  ['float4', { called: '0.0', literal: NUMBER }],
  ['float8', { called: '0.0', literal: NUMBER }],
  ['int1', { called: '0', literal: INTEGER }],
  ['int2', { called: '0', literal: INTEGER }],
  ['int4', { called: '0', literal: INTEGER }],
  ['int8', { called: '0', literal: INTEGER }],
  ['json', { called: '{}', literal: ANYTHING }],
  ['jsonb', { called: '{}', literal: ANYTHING }],
  ['xml', { called: '', literal: ANYTHING }],
  ['uuid', { called: '00000000-0000-0000-0000-000000000000', literal: UUID }],
  ['date', { called: '1970-01-01', literal: DATE }],
  ['time', { called: '00:00:00', literal: TIME }],
  ['timestamp', { called: '1970-01-01 00:00:00', literal: TIMESTAMP }],
  ['smalldatetime', { called: '1970-01-01 00:00:00', literal: TIMESTAMP }],
  ['timestamptz', { called: '1970-01-01 00:00:00+00', literal: TIMESTAMP }],
  ['interval', { called: '00:00:00', literal: INTERVAL }],
  ['bit', { called: '00', literal: BITS }],
  ['varbit', { called: '0', literal: BITS }],
]);

/**
 * The default that a column's schema carries, from what `pg_get_expr` prints, exactly as Debezium reads it, with its
 * shortcuts: a text is cut at its first quote, an expression that is no literal is taken as text. Calls become a zero. Null:
 * none.
 */
export function schemaDefault(
  expression: string | null,
  type: ColumnType,
  typed: TypedForm,
  settings: DebeziumSettings,
): FixedPlan | null {
  if (expression === null) return null;
  if (type.category === 'e') return enumDefault(expression, type.name, settings);
  const rule = RULES.get(type.name);
  // A struct cannot be a default.
  if (rule === undefined || typed.form.kind === 'variable-decimal') return null;
  if (isCalled(expression)) return defaultOf(rule.called, typed.form);
  const literal = literalOf(expression);
  if (literal === null) return null;
  if (type.name === 'bool') return { kind: 'constant', value: literal.toLowerCase() === 'true' };
  if (type.name === 'timestamp' && literal === 'infinity') return infinityDefault(typed.form);
  return rule.literal.test(literal) ? defaultOf(literal, typed.form) : null;
}

function isCalled(expression: string): boolean {
  return CALL.test(expression) || CLOCKS.has(expression.toLowerCase());
}

/** What the first quotes hold, or all of it; null: NULL. */
function literalOf(expression: string): string | null {
  if (expression.includes("'")) return LITERAL.exec(expression)?.[1] ?? null;
  return expression.startsWith('NULL::') ? null : expression;
}

/** `'green'::color`; the type's name in quotes is understood since 3.6. */
function enumDefault(expression: string, name: string, { profile }: DebeziumSettings): FixedPlan | null {
  const isNew = profile === '3.6' || profile === 'mysql';
  const suffixes = [`::${name}`, ...(isNew ? [`::"${name.replaceAll('"', '""')}"`] : [])];
  const suffix = suffixes.find((candidate) => expression.endsWith(candidate));
  if (suffix === undefined) return null;
  const literal = expression.slice(0, -suffix.length);
  return /^'.*'$/s.test(literal) ? { kind: 'constant', value: literal.slice(1, -1) } : null;
}

function defaultOf(text: string, form: CellForm): FixedPlan | null {
  switch (form.kind) {
    case 'text':
      return { kind: 'constant', value: text };
    case 'boolean':
      return { kind: 'constant', value: text === 'true' };
    case 'bit':
      return text.length === 1 ? { kind: 'constant', value: text === '1' } : null;
    case 'decimal':
    case 'decimal-text': {
      const scaled = form.scale === null ? text : toScale(text, form.scale);
      return scaled === null ? null : fixedPlan({ text: scaled }, form);
    }
    default:
      return fixedPlan({ text }, form);
  }
}

/** Without zeros behind the scale; null where other digits would be lost: Debezium does not round a default. */
function toScale(text: string, scale: number): string | null {
  const [whole, digits = ''] = text.split('.');
  if (/e/i.test(text) || /[1-9]/.test(digits.slice(scale))) return null;
  const kept = digits.slice(0, scale);
  return kept === '' ? whole! : `${whole}.${kept}`;
}

/** What Debezium's microseconds overflow to. */
function infinityDefault(form: CellForm): FixedPlan | null {
  if (form.kind !== 'timestamp' || form.unit !== 'us') return null;
  return fixedPlan({ text: '-9223372036853775810' }, { kind: 'integer', bits: 64 });
}
