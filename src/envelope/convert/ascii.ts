export const DASH = 0x2d;
export const PLUS = 0x2b;
export const DOT = 0x2e;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const DIGIT_0 = 0x30;

/** The value of an ASCII digit, or -1. */
export function digitOf(byte: number): number {
  const digit = byte - DIGIT_0;
  return digit >>> 0 > 9 ? -1 : digit;
}

/** The value of the two digits at `at`, which must lie within the cell, or -1. */
export function twoDigits(bytes: Buffer, at: number): number {
  const tens = bytes[at]! - DIGIT_0;
  const ones = bytes[at + 1]! - DIGIT_0;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}

/** Writes the last `width` decimal digits of a value below 2^31 at `at`; returns the position behind them. */
export function writePadded(value: number, width: number, target: Buffer, at: number): number {
  let rest = value | 0;
  for (let i = at + width - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    target[i] = DIGIT_0 + (rest - tens * 10);
    rest = tens;
  }
  return at + width;
}

/** Writes a value below 100 as two digits at `at`; returns the position behind them. */
export function writePair(value: number, target: Buffer, at: number): number {
  const tens = (value / 10) | 0;
  target[at] = DIGIT_0 + tens;
  target[at + 1] = DIGIT_0 + (value - tens * 10);
  return at + 2;
}

/** Whether the cell is exactly `text` (ASCII). */
export function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
