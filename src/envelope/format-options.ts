import type { EnvelopeOptions } from './options.ts';

type OptionValue = string | boolean;

/** What one format takes for one option. */
export interface OptionRule {
  /** The values it takes; null: all that the option has. */
  readonly values: readonly OptionValue[] | null;
  /** What holds when the option is left out; undefined: `otherwise` tells. */
  readonly initial: OptionValue | undefined;
  /** What happens without a value, in words. */
  readonly otherwise: string;
}

/** Path below `envelope` → rule. An option that is not here is none of the format's. */
export type OptionRules = Readonly<Record<string, OptionRule>>;

const oneOf = (...values: readonly [OptionValue, ...OptionValue[]]): OptionRule => ({
  values,
  initial: values[0],
  otherwise: '',
});
const any = (initial: OptionValue): OptionRule => ({ values: null, initial, otherwise: '' });
const none = (otherwise: string): OptionRule => ({ values: null, initial: undefined, otherwise });

const KEY: OptionRules = { key: oneOf('default', 'string') };
const PLACEHOLDER = '__debezium_unavailable_value';
const UNAVAILABLE: OptionRules = { unavailable: any('omit'), unavailableValue: any(PLACEHOLDER) };
const FLAT: OptionRules = {
  ...KEY,
  decimalHandling: any('string'),
  timePrecision: none('database text'),
  binaryHandling: any('base64'),
  hstoreHandling: none('database text'),
  intervalHandling: none('database text'),
  ...UNAVAILABLE,
  'unwrap.op': none('no member'),
  'unwrap.sourceFields': none('no members'),
};

export const DRS_OPTIONS: OptionRules = { ...KEY, ...UNAVAILABLE };
export const DEBEZIUM_OPTIONS: OptionRules = {
  key: oneOf('default', 'debezium', 'string'),
  schemas: any(false),
  profile: any('3.6'),
  serverName: none('the task name'),
  decimalHandling: any('precise'),
  timePrecision: any('adaptive'),
  binaryHandling: any('bytes'),
  hstoreHandling: any('json'),
  intervalHandling: any('numeric'),
  unavailable: any('placeholder'),
  unavailableValue: any(PLACEHOLDER),
  nulls: any('exact'),
  tombstones: any(true),
  snapshotOp: any('r'),
  nameAdjustment: any('none'),
  transactionMetadata: any(false),
};
export const CANAL_OPTIONS: OptionRules = { ...KEY, binaryHandling: any('base64'), ...UNAVAILABLE };
export const FLAT_OPTIONS: OptionRules = {
  ...FLAT,
  tombstones: any(true),
  'unwrap.deleted': none('no member'),
  'unwrap.dorisDeleteSign': any(false),
};
export const MULTI_TABLE_OPTIONS: OptionRules = { ...FLAT, 'unwrap.deleted': any('__deleted') };

/** The options with the format's defaults in place of what was left out. */
export function withDefaults(rules: OptionRules, given: EnvelopeOptions): EnvelopeOptions {
  const options: Record<string, unknown> = { ...given };
  const unwrap: Record<string, unknown> = { ...given.unwrap };
  for (const [path, { initial }] of Object.entries(rules)) {
    const member = path.startsWith('unwrap.') ? path.slice('unwrap.'.length) : null;
    if (member === null) options[path] ??= initial;
    else unwrap[member] ??= initial;
  }
  return { ...options, format: given.format, unwrap };
}
