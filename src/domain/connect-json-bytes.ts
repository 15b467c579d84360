import { sourceWordsOf, wordsOf } from './buffer-words.ts';

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const HEX = Buffer.from('0123456789ABCDEF', 'latin1');
/** First byte of a character outside the BMP: four bytes of UTF-8, two escaped surrogates (twelve bytes) of JSON. */
const FOUR_BYTE_LEAD = 0xf0;
const ASTRAL = 1;

/** A byte takes at most six bytes: \u00XX. */
const MAX_ESCAPED = 6;
/** Above this, counting what must be escaped beats making room for the worst case. */
const COUNTED_FROM = 4096;

/** 0: as it is; `u`: as \u00XX; ASTRAL: begins a character outside the BMP; else the letter behind the backslash. */
const ESCAPE = escapeTable();

/**
 * JSON strings as Kafka Connect's JsonConverter (Jackson, which escapes to the BMP) writes them: unlike JSON.stringify,
 * \u00XX has upper-case digits, and a character outside the BMP becomes an escaped surrogate pair.
 */
export function connectEscaped(text: string): string {
  const source = Buffer.from(text, 'utf8');
  const target = Buffer.allocUnsafe(roomForConnectEscaped(source, 0, source.length));
  return target.toString('utf8', 0, writeConnectEscaped(source, 0, source.length, target, 0));
}

/** Room that `writeConnectEscaped` needs for source[start … end): exact for long text, the worst case for short. */
export function roomForConnectEscaped(source: Buffer, start: number, end: number): number {
  let size = end - start;
  if (size < COUNTED_FROM) return size * MAX_ESCAPED;
  for (let i = start; i < end; i++) {
    const letter = ESCAPE[source[i]!]!;
    if (letter === ASTRAL) size += 8;
    else if (letter !== 0) size += letter === LETTER_U ? MAX_ESCAPED - 1 : 1;
  }
  return size;
}

/**
 * Writes source[start … end), UTF-8, into `target` at `at`, escaped as `connectEscaped` does and without quotes; returns
 * the position behind it. The caller has made room (`roomForConnectEscaped`).
 */
export function writeConnectEscaped(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  const from = sourceWordsOf(source);
  const to = wordsOf(target);
  const lastWord = end - 4;
  let i = start;
  while (i <= lastWord) {
    const word = from.getInt32(i, true);
    if (needsEscape(word)) {
      at = writeCharacters(source, i, i + 4, end, target, at);
      i = behindCharacters;
    } else {
      to.setInt32(at, word, true);
      at += 4;
      i += 4;
    }
  }
  return i < end ? writeCharacters(source, i, end, end, target, at) : at;
}

/**
 * Whether one of the four bytes is below 0x20, `"` or `\`: the classic "has a zero byte" test, three times; or 0xf0 and
 * above: the four high bits of each byte folded onto its highest. Most words are ASCII and need only the first.
 */
function needsEscape(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const hits =
    ((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash);
  if ((word & 0x80808080) === 0) return (hits & 0x80808080) !== 0;
  return ((hits | (word & (word << 1) & (word << 2) & (word << 3))) & 0x80808080) !== 0;
}

/** Where `writeCharacters` stopped reading. */
let behindCharacters = 0;

/** Writes the characters that begin in source[start … stop), of a text that ends at `end`; the last one may end behind. */
function writeCharacters(source: Buffer, start: number, stop: number, end: number, target: Buffer, at: number): number {
  let i = start;
  while (i < stop) {
    const byte = source[i]!;
    const letter = ESCAPE[byte]!;
    if (letter === ASTRAL && i + 4 <= end) {
      at = writeSurrogates(source, i, target, at);
      i += 4;
      continue;
    }
    if (letter <= ASTRAL) {
      target[at++] = byte;
    } else if (letter === LETTER_U) {
      at = writeUnit(byte, target, at);
    } else {
      target[at++] = BACKSLASH;
      target[at++] = letter;
    }
    i++;
  }
  behindCharacters = i;
  return at;
}

function writeSurrogates(source: Buffer, i: number, target: Buffer, at: number): number {
  const point =
    ((source[i]! & 0x07) << 18) |
    ((source[i + 1]! & 0x3f) << 12) |
    ((source[i + 2]! & 0x3f) << 6) |
    (source[i + 3]! & 0x3f);
  const offset = point - 0x10000;
  const low = writeUnit(0xd800 | ((offset >> 10) & 0x3ff), target, at);
  return writeUnit(0xdc00 | (offset & 0x3ff), target, low);
}

function writeUnit(unit: number, target: Buffer, at: number): number {
  target[at++] = BACKSLASH;
  target[at++] = LETTER_U;
  target[at++] = HEX[unit >> 12]!;
  target[at++] = HEX[(unit >> 8) & 15]!;
  target[at++] = HEX[(unit >> 4) & 15]!;
  target[at++] = HEX[unit & 15]!;
  return at;
}

function escapeTable(): Uint8Array {
  const table = new Uint8Array(256).fill(LETTER_U, 0, 0x20).fill(ASTRAL, FOUR_BYTE_LEAD);
  for (const [character, letter] of ['\bb', '\tt', '\nn', '\ff', '\rr', '""', '\\\\']) {
    table[character!.charCodeAt(0)] = letter!.charCodeAt(0);
  }
  return table;
}
