import type { FrameReader } from './frame-reader.ts';
import { textBetween } from './line-reading.ts';
import { QUOTE } from './sql-literal.ts';

export const DOUBLE_QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const BRACKET_END = 0x5d; // ]

/** What a letter behind a backslash stands for; 0: no such escape. */
const ESCAPES = new Uint8Array(256);
for (const [letter, byte] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  ESCAPES[letter.charCodeAt(0)] = byte.charCodeAt(0);
}
const UNICODE = 0x75; // u
const UNICODE_ESCAPE = /^\\u([0-9a-f]{4})(?:\\u([0-9a-f]{4}))?/i;

/** Where the JSON string whose first character is at `at` ends: the place of its closing quote. */
export function stringEnd(reader: FrameReader, at: number): number {
  const { bytes, end } = reader;
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === DOUBLE_QUOTE) return i;
    if (byte === BACKSLASH) i++;
  }
  return reader.fail('a string has no end');
}

/** Parses the JSON string between `start` and `end`, the places behind and of its quotes. For names, not for values. */
export function parseString(reader: FrameReader, start: number, end: number): string {
  return parseStrings(reader, start - 1, end + 1)[0] ?? reader.fail('a name is missing');
}

/** Reads the strings of a JSON array from behind its `[` to behind its `]`. For names, not for values. */
export function readStrings(reader: FrameReader): string[] {
  const { bytes, end } = reader;
  const start = reader.at;
  let at = start;
  while (at < end && bytes[at] === DOUBLE_QUOTE) {
    at = stringEnd(reader, at + 1) + 1;
    if (at < end && bytes[at] === COMMA) at++;
  }
  if (at >= end || bytes[at] !== BRACKET_END) reader.fail('a list of names has no end');
  reader.at = at + 1;
  return parseStrings(reader, start, at);
}

/**
 * Undoes, in place, the JSON escapes as cJSON writes them and the doubled `'` of the SQL literal within. A `'` is never
 * escaped by cJSON; as an escape it would hide a quote of the literal and is malformed.
 */
export function unescapeJsonLiteral(bytes: Buffer, start: number, end: number): number {
  let to = start;
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte !== BACKSLASH) {
      at += byte === QUOTE ? 2 : 1;
      bytes[to++] = byte;
      continue;
    }
    if (end - at < 2) return -1;
    const letter = bytes[at + 1]!;
    if (letter === UNICODE) {
      const character = unicodeAt(bytes, at, end);
      if (character === '') return -1;
      at += character.length * 6;
      to += bytes.write(character, to);
    } else {
      if (ESCAPES[letter] === 0) return -1;
      bytes[to++] = ESCAPES[letter]!;
      at += 2;
    }
  }
  return to;
}

/** The character of a `\uXXXX`, or of two that are a surrogate pair; empty: malformed. */
function unicodeAt(bytes: Buffer, at: number, end: number): string {
  const match = UNICODE_ESCAPE.exec(bytes.toString('latin1', at, Math.min(end, at + 12)));
  if (match === null) return '';
  const first = Number.parseInt(match[1]!, 16);
  const isHigh = first >= 0xd800 && first < 0xdc00;
  const text = String.fromCharCode(first, ...(isHigh && match[2] ? [Number.parseInt(match[2], 16)] : []));
  return first === QUOTE || !isWellFormed(text) ? '' : text;
}

/** No half of a surrogate pair without the other. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function parseStrings(reader: FrameReader, start: number, end: number): string[] {
  const text = textBetween(reader, start, end, 'utf8');
  try {
    return JSON.parse(`[${text}]`) as string[];
  } catch {
    return reader.fail('a list of names is no JSON');
  }
}
