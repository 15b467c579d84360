const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGIT_0 = 0x30;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** A byte takes at most six bytes: \u00xx. */
const MAX_ESCAPED = 6;
/** Above this, counting what must be escaped beats making room for the worst case. */
const COUNTED_FROM = 4096;

/**
 * How a byte is written inside a JSON string, exactly as JSON.stringify does: `"`, `\` and what lies below 0x20 are
 * escaped, UTF-8 passes through. 0: as it is; `u`: as \u00xx; else the letter behind the backslash.
 */
const ESCAPE = escapeTable();

/**
 * Unaligned words of the buffers used last. Four bytes at a time through a DataView is twice as fast as bytes (measured);
 * a view is made once per chunk received and once per arena, not per cell.
 */
let viewedSource: Buffer = Buffer.alloc(0);
let sourceWords: DataView = new DataView(viewedSource.buffer, viewedSource.byteOffset, 0);
let viewedTarget = viewedSource;
let targetWords = sourceWords;

/** Constant text, ready to be written in words. */
export interface ConstantText {
  readonly words: Int32Array;
  readonly length: number;
}

/** Writing constant text takes this many bytes more than its length. */
export const CONSTANT_SLACK = 3;

export function constantText(text: string): ConstantText {
  const bytes = Buffer.from(text, 'utf8');
  const padded = Buffer.concat([bytes, Buffer.alloc(CONSTANT_SLACK)]);
  const words = Int32Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => padded.readInt32LE(i * 4));
  return { words, length: bytes.length };
}

/**
 * Writes constant text at `at`; returns the position behind it. Whole words are written: up to CONSTANT_SLACK bytes
 * behind the text are overwritten. For short text, twice as fast as `set` (measured, bench/envelope.ts).
 */
export function writeConstant({ words, length }: ConstantText, target: Buffer, at: number): number {
  const to = wordsOf(target);
  for (let i = 0, word = at; i < words.length; i++, word += 4) to.setInt32(word, words[i]!, true);
  return at + length;
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
  if (source !== viewedSource) {
    viewedSource = source;
    sourceWords = new DataView(source.buffer, source.byteOffset, source.length);
  }
  const from = sourceWords;
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

function wordsOf(target: Buffer): DataView {
  if (target !== viewedTarget) {
    viewedTarget = target;
    targetWords = new DataView(target.buffer, target.byteOffset, target.length);
  }
  return targetWords;
}

function writeBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    const escape = ESCAPE[byte]!;
    if (escape === 0) target[at++] = byte;
    else at = writeEscape(byte, escape, target, at);
  }
  return at;
}

function writeEscape(byte: number, escape: number, target: Buffer, at: number): number {
  target[at++] = BACKSLASH;
  target[at++] = escape;
  if (escape !== LETTER_U) return at;
  target[at++] = DIGIT_0;
  target[at++] = DIGIT_0;
  target[at++] = HEX[byte >> 4]!;
  target[at++] = HEX[byte & 15]!;
  return at;
}

function escapedSize(source: Buffer, start: number, end: number): number {
  let size = end - start;
  for (let i = start; i < end; i++) {
    const escape = ESCAPE[source[i]!]!;
    if (escape !== 0) size += escape === LETTER_U ? MAX_ESCAPED - 1 : 1;
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
