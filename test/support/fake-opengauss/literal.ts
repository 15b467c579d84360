/** Words that quote_identifier quotes, as far as tests use them (openGauss, kwlist.h: not UNRESERVED). */
const RESERVED = new Set(
  'all and any array as between by case check column create date default desc distinct else end for foreign from grant group having in int interval into is limit not null number numeric on or order primary references select table text then time timestamp to union unique user using values when where with'.split(
    ' ',
  ),
);
const QUOTE_FREE = /^[a-z_][a-z0-9_$]*$/;
const BARE_TYPES = new Set(['tinyint', 'smallint', 'integer', 'bigint', 'oid', 'real', 'double precision', 'numeric']);
const BIT_TYPES = new Set(['bit', 'bit varying']);

/** quote_identifier: quotes only where needed. */
export function quoteIdentifier(name: string): string {
  return QUOTE_FREE.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A value as JSON and text styles print it (openGauss, parallel_decode.cpp, PrintLiteral): backslashes are not doubled. */
export function sqlLiteral(type: string, value: string | null): string {
  if (value === null) return 'null';
  if (BARE_TYPES.has(type)) return value;
  if (BIT_TYPES.has(type)) return `B'${value}'`;
  if (type === 'boolean') return value === 't' ? 'true' : 'false';
  return `'${value.replaceAll("'", "''")}'`;
}

/** Type names of JSON and text styles: `clob` goes under `text`. */
export function printedType(type: string): string {
  return type === 'clob' ? 'text' : type;
}

/** Microseconds since 1970 as the server prints a timestamptz in UTC: no trailing zeros in the fraction. */
export function timestampText(us: bigint): string {
  const iso = new Date(Number(us / 1000n)).toISOString();
  const fraction = (us % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction && `.${fraction}`}+00`;
}
