import { otherSourceWordsOf, sourceWordsOf } from './buffer-words.ts';

/** Above this, the call of `compare` beats words (measured). */
const LONG = 128;

/** Whether `length` bytes of two buffers are the same. */
export function sameBytes(a: Buffer, aStart: number, b: Buffer, bStart: number, length: number): boolean {
  if (length > LONG) return a.compare(b, bStart, bStart + length, aStart, aStart + length) === 0;
  const aWords = sourceWordsOf(a);
  const bWords = otherSourceWordsOf(b);
  let i = 0;
  for (; i <= length - 4; i += 4) if (aWords.getInt32(aStart + i) !== bWords.getInt32(bStart + i)) return false;
  for (; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
