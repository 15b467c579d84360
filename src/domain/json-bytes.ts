import { sourceWordsOf, wordsOf } from './buffer-words.ts';
import type { ByteWriter } from './byte-writer.ts';

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGIT_0 = 0x30;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** A byte takes at most six bytes: \u00xx. */
const MAX_ESCAPED = 6;
/** Above this, `set` beats words (measured, bench/envelope.ts). */
const LONG_TEXT = 48;
const MAX_INT32 = 0x7fffffff;
/** 0 … 9999 as four ASCII digits each, in words. */
const FOUR_DIGITS = Int32Array.from({ length: 10_000 }, (_, n) =>
  Buffer.from(String(n).padStart(4, '0')).readInt32LE(0),
);
/** Above this, counting what must be escaped beats making room for the worst case. */
const COUNTED_FROM = 4096;

/**
 * How a byte is written inside a JSON string, exactly as JSON.stringify does: `"`, `\` and what lies below 0x20 are
 * escaped, UTF-8 passes through. 0: as it is; `u`: as \u00xx; else the letter behind the backslash.
 */
const ESCAPE = escapeTable();

/** Constant text, ready to be written: short text in words, long text as bytes. */
export interface ConstantText {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly length: number;
}

/** Writing constant text takes this many bytes more than its length. */
export const CONSTANT_SLACK = 3;

export function constantText(text: string): ConstantText {
  const bytes = Buffer.from(text, 'utf8');
  const padded = Buffer.concat([bytes, Buffer.alloc(CONSTANT_SLACK)]);
  const count = bytes.length > LONG_TEXT ? 0 : Math.ceil(bytes.length / 4);
  const words = Int32Array.from({ length: count }, (_, i) => padded.readInt32LE(i * 4));
  return { bytes, words, length: bytes.length };
}

/**
 * Writes constant text at `at`; returns the position behind it. Short text is written in whole words, which beats `set`:
 * up to CONSTANT_SLACK bytes behind it are overwritten.
 */
export function writeConstant({ bytes, words, length }: ConstantText, target: Buffer, at: number): number {
  if (length > LONG_TEXT) {
    target.set(bytes, at);
    return at + length;
  }
  const to = wordsOf(target);
  for (let i = 0, word = at; i < words.length; i++, word += 4) to.setInt32(word, words[i]!, true);
  return at + length;
}

/** Appends constant text. */
export function appendConstant(text: ConstantText, out: ByteWriter): void {
  out.position = writeConstant(text, out.reserve(text.length + CONSTANT_SLACK), out.position);
}

/** Room that `writeDigits` needs. */
export const MAX_DIGITS = 16;

/** Writes a non-negative safe integer at `at`, four digits at a time; returns the position behind it. */
export function writeDigits(value: number, target: Buffer, at: number): number {
  const end = at + digitCount(value);
  const to = wordsOf(target);
  let word = end - 4;
  // Divisions of 32-bit integers are cheap, those of doubles are not.
  while (value > MAX_INT32) {
    const high = Math.floor(value / 1e8);
    const low = (value - high * 1e8) | 0;
    const thousands = (low / 10_000) | 0;
    to.setInt32(word, FOUR_DIGITS[low - thousands * 10_000]!, true);
    to.setInt32(word - 4, FOUR_DIGITS[thousands]!, true);
    word -= 8;
    value = high;
  }
  let rest = value | 0;
  for (; rest > 9999; word -= 4) {
    const high = (rest / 10_000) | 0;
    to.setInt32(word, FOUR_DIGITS[rest - high * 10_000]!, true);
    rest = high;
  }
  for (let i = word + 3; i >= at; i--) {
    const tens = (rest / 10) | 0;
    target[i] = DIGIT_0 + (rest - tens * 10);
    rest = tens;
  }
  return end;
}

function digitCount(value: number): number {
  // Times have 13 digits, event numbers 16: counting starts close to them.
  let count = value >= 1e12 ? 13 : 1;
  for (let limit = value >= 1e12 ? 1e13 : 10; value >= limit; limit *= 10) count++;
  return count;
}

/** Room that `writeEscaped` needs for source[start … end): exact for long text, the worst case for short. */
export function roomForEscaped(source: Buffer, start: number, end: number): number {
  const length = end - start;
  return length < COUNTED_FROM ? length * MAX_ESCAPED : escapedSize(source, start, end);
}

/**
 * Writes source[start … end) into `target` at `at`, escaped and without quotes; returns the position behind it. The
 * caller has made room (`roomForEscaped`).
 */
export function writeEscaped(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  const from = sourceWordsOf(source);
  const to = wordsOf(target);
  const lastWord = end - 4;
  let i = start;
  for (; i <= lastWord; i += 4) {
    const word = from.getInt32(i, true);
    if (needsEscape(word)) {
      at = writeBytes(source, i, i + 4, target, at);
    } else {
      to.setInt32(at, word, true);
      at += 4;
    }
  }
  return i < end ? writeBytes(source, i, end, target, at) : at;
}

/** Whether one of the four bytes is below 0x20, `"` or `\`: the classic "has a zero byte" test, three times. */
function needsEscape(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const hits =
    ((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash);
  return (hits & 0x80808080) !== 0;
}

function writeBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    const letter = ESCAPE[byte]!;
    if (letter === 0) target[at++] = byte;
    else at = writeEscape(byte, letter, target, at);
  }
  return at;
}

function writeEscape(byte: number, letter: number, target: Buffer, at: number): number {
  target[at++] = BACKSLASH;
  target[at++] = letter;
  if (letter !== LETTER_U) return at;
  target[at++] = DIGIT_0;
  target[at++] = DIGIT_0;
  target[at++] = HEX[byte >> 4]!;
  target[at++] = HEX[byte & 15]!;
  return at;
}

function escapedSize(source: Buffer, start: number, end: number): number {
  let size = end - start;
  for (let i = start; i < end; i++) {
    const letter = ESCAPE[source[i]!]!;
    if (letter !== 0) size += letter === LETTER_U ? MAX_ESCAPED - 1 : 1;
  }
  return size;
}

function escapeTable(): Uint8Array {
  const table = new Uint8Array(256).fill(LETTER_U, 0, 0x20);
  for (const [character, letter] of ['\bb', '\tt', '\nn', '\ff', '\rr', '""', '\\\\']) {
    table[character!.charCodeAt(0)] = letter!.charCodeAt(0);
  }
  return table;
}
