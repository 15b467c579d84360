import { connectEscaped, roomForConnectEscaped, writeConnectEscaped } from '../../domain/connect-json-bytes.ts';
import { roomForEscaped, writeEscaped } from '../../domain/json-bytes.ts';
import type { Constant } from '../plan.ts';

/**
 * `json`: as JSON.stringify writes; `connect`: as Kafka Connect's JsonConverter; `connect-header`: as its
 * SimpleHeaderConverter, which escapes only `"` and `\`, and whose text is not always JSON (decimals and NaN are bare).
 */
export type JsonDialect = 'json' | 'connect' | 'connect-header';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Room for `writeText`. */
export function roomForText(dialect: JsonDialect, source: Buffer, start: number, end: number): number {
  return dialect === 'connect' ? roomForConnectEscaped(source, start, end) : roomForEscaped(source, start, end);
}

/** Writes UTF-8 inside a JSON string, without quotes; returns the position behind it. */
export function writeText(
  dialect: JsonDialect,
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  at: number,
): number {
  if (dialect === 'json') return writeEscaped(source, start, end, target, at);
  if (dialect === 'connect') return writeConnectEscaped(source, start, end, target, at);
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte === QUOTE || byte === BACKSLASH) target[at++] = BACKSLASH;
    target[at++] = byte;
  }
  return at;
}

/** A constant as JSON text without spaces. */
export function jsonText(value: Constant, dialect: JsonDialect): string {
  if (dialect === 'json') return JSON.stringify(value);
  if (typeof value === 'string') return `"${dialect === 'connect' ? connectEscaped(value) : headerEscaped(value)}"`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map((item) => jsonText(item, dialect)).join()}]`;
  const members = Object.entries(value).map(([name, item]) => `${jsonText(name, dialect)}:${jsonText(item, dialect)}`);
  return `{${members.join()}}`;
}

function headerEscaped(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: Constant): value is readonly Constant[] {
  return Array.isArray(value);
}
