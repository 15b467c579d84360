import type { ByteWriter } from '../../domain/byte-writer.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const STANDARD = Buffer.from(`${ALPHABET}+/`, 'latin1');
const URL_SAFE = Buffer.from(`${ALPHABET}-_`, 'latin1');
const PADDING = 0x3d;

/** The characters of an encoding; both pad with `=`, as Java's encoders do. */
export function base64Alphabet(isUrlSafe: boolean): Buffer {
  return isUrlSafe ? URL_SAFE : STANDARD;
}

export function base64Length(byteCount: number): number {
  return Math.ceil(byteCount / 3) * 4;
}

/** Appends source[start … end) in standard base64. */
export function appendBase64(source: Buffer, start: number, end: number, out: ByteWriter): void {
  const target = out.reserve(base64Length(end - start));
  let at = out.position;
  let i = start;
  for (; i + 3 <= end; i += 3) {
    at = writeTriple((source[i]! << 16) | (source[i + 1]! << 8) | source[i + 2]!, STANDARD, target, at);
  }
  if (i < end) at = writeRest(source[i]!, i + 1 < end ? source[i + 1]! : -1, STANDARD, target, at);
  out.position = at;
}

/** Writes three bytes, given as 24 bits, at `at`; returns the position behind the four characters. */
export function writeTriple(bits: number, alphabet: Buffer, target: Buffer, at: number): number {
  target[at] = alphabet[bits >>> 18]!;
  target[at + 1] = alphabet[(bits >>> 12) & 63]!;
  target[at + 2] = alphabet[(bits >>> 6) & 63]!;
  target[at + 3] = alphabet[bits & 63]!;
  return at + 4;
}

/** Writes the last one or two bytes (`second` -1: there is one) with padding; returns the position behind. */
export function writeRest(first: number, second: number, alphabet: Buffer, target: Buffer, at: number): number {
  const isSingle = second < 0;
  const end = writeTriple((first << 16) | (isSingle ? 0 : second << 8), alphabet, target, at);
  target[at + 3] = PADDING;
  if (isSingle) target[at + 2] = PADDING;
  return end;
}
