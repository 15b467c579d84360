import { BACKSLASH, QUOTE } from './ascii.ts';
import { conversionError } from './conversion-error.ts';

const EXPECTED = 'an hstore ("key"=>"value")';
/** A HashMap begins with 16 buckets and doubles them when more than three quarters are in use. */
const FIRST_BUCKETS = 16;
const LOAD = 0.75;

export type HstoreEntry = readonly [key: string, value: string | null];

/** Reads `"k"=>"v", "n"=>NULL` in its order (the server's: by length of key). Throws CONVERSION_FAILED. */
export function readHstore(bytes: Buffer, start: number, end: number): HstoreEntry[] {
  const entries: HstoreEntry[] = [];
  let at = start;
  while (at < end) {
    if (at > start) at = expect(bytes, at, end, ', ');
    const keyEnd = quotedEnd(bytes, at, end);
    const valueStart = expect(bytes, keyEnd, end, '=>');
    const isNull = bytes[valueStart] !== QUOTE;
    const valueEnd = isNull ? expect(bytes, valueStart, end, 'NULL') : quotedEnd(bytes, valueStart, end);
    entries.push([unquoted(bytes, at, keyEnd), isNull ? null : unquoted(bytes, valueStart, valueEnd)]);
    at = valueEnd;
  }
  return entries;
}

/** The entries in the order in which a Java HashMap gives them, which is how Debezium publishes them. */
export function inHashMapOrder(entries: readonly HstoreEntry[]): HstoreEntry[] {
  let buckets = FIRST_BUCKETS;
  while (entries.length > buckets * LOAD) buckets *= 2;
  const bucketOf = ([key]: HstoreEntry) => {
    const hash = javaHash(key);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return [...entries].sort((a, b) => bucketOf(a) - bucketOf(b));
}

/** The entries as a JSON object, as Jackson writes it: control characters with capital hex digits, no blanks. */
export function hstoreJson(entries: readonly HstoreEntry[]): string {
  const members = entries.map(([key, value]) => `${jsonString(key)}:${value === null ? 'null' : jsonString(value)}`);
  return `{${members.join(',')}}`;
}

function jsonString(text: string): string {
  // An escaped backslash is taken along, so that its second half never begins a match.
  return JSON.stringify(text).replace(/\\\\|\\u00[0-9a-f]{2}/g, (found) =>
    found.length === 2 ? found : `\\u${found.slice(2).toUpperCase()}`,
  );
}

/** String.hashCode: over UTF-16 units, in 32 bits. */
function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

function expect(bytes: Buffer, start: number, end: number, text: string): number {
  const next = start + text.length;
  if (next > end || bytes.toString('latin1', start, next) !== text) throw conversionError(EXPECTED);
  return next;
}

/** Behind the closing quote. */
function quotedEnd(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== QUOTE) throw conversionError(EXPECTED);
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at + 1;
  }
  throw conversionError(EXPECTED);
}

function unquoted(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start + 1, end - 1).replaceAll(/\\(.)/gs, '$1');
}
