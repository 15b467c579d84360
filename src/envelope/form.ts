/**
 * How the text of a cell is published: what a shape decides per column, from its type and the options, and what codecs know
 * how to write. Names say the meaning, not the bytes: JSON writes `days` as a number, Avro as an int.
 */
export type CellForm =
  /** The database's text. */
  | { readonly kind: 'text' }
  /** `t`, `f`. */
  | { readonly kind: 'boolean' }
  /** `t`, `f` as the texts `true`, `false`. */
  | { readonly kind: 'boolean-text' }
  /** Digits; `bits` is the size of the integer that holds it (oid: 64). */
  | { readonly kind: 'integer'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  /** Unscaled value of a number with this scale, big-endian two's complement without excess bytes. */
  | { readonly kind: 'decimal'; readonly scale: number }
  /** A number with its own scale: { scale, value }. */
  | { readonly kind: 'variable-decimal' }
  /** Plain digits with this scale (null: the number's own), never an exponent. */
  | { readonly kind: 'decimal-text'; readonly scale: number | null }
  | { readonly kind: 'decimal-double' }
  /** An amount of money with two digits as `decimal`, in whatever local form. */
  | { readonly kind: 'money'; readonly as: 'decimal' | 'decimal-text' | 'decimal-double' }
  /** Days since 1970-01-01. */
  | { readonly kind: 'days' }
  | { readonly kind: 'iso-date' }
  /** Since midnight. */
  | { readonly kind: 'time'; readonly unit: TimeUnit }
  | { readonly kind: 'iso-time' }
  /** Since 1970-01-01 00:00, as UTC. */
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit }
  | { readonly kind: 'iso-timestamp' }
  /** In UTC, with exactly this many digits of a second. */
  | { readonly kind: 'zoned-timestamp'; readonly digits: number }
  | { readonly kind: 'zoned-time' }
  /** The database's text with `Z` in place of the offset `+00` at its end; any other text as it is. */
  | { readonly kind: 'zoned-text' }
  /** Microseconds; a month has 365.25 / 12 days. */
  | { readonly kind: 'interval' }
  | { readonly kind: 'iso-interval' }
  /** `\\x…`, or bare hex digits (openGauss: raw, blob): the bytes, or their text in an encoding. */
  | { readonly kind: 'bytes'; readonly as: 'bytes' | 'base64' | 'base64-url' | 'hex' }
  /** One bit as a boolean; many as little-endian bytes without leading zeros. */
  | { readonly kind: 'bit' }
  | { readonly kind: 'bits' }
  | { readonly kind: 'hstore'; readonly as: 'json' | 'map' }
  | { readonly kind: 'point' }
  | ArrayForm
  /** A type that the model shape knows and always publishes as null. */
  | { readonly kind: 'null' }
  /** A type that the model shape knows and always publishes as a list of nothing (null stays null). */
  | { readonly kind: 'empty-list' }
  /** The text of the form without the quotes JSON would put around it: numbers and dates inside header texts. */
  | { readonly kind: 'bare'; readonly form: CellForm };

export interface ArrayForm {
  readonly kind: 'array';
  readonly element: CellForm;
  /** A NULL among the elements, or one that its form has no way to say, makes the whole value one without a way to say it. */
  readonly isStrict?: boolean;
  /** Elements are times; digits of a second behind these are cut. */
  readonly fractionDigits?: number;
}

export type TimeUnit = 'ms' | 'us' | 'ns';
