import type { FrameReader } from './frame-reader.ts';

/** More than any line or list of names has (1600 columns of 63 bytes, quoted): what becomes a string has a limit. */
const MAX_TEXT_BYTES = 1_048_576;

/** From here on comparing in native code is faster than a loop, its call included. */
const LONG_BYTES = 64;

/** Whether `wanted` stands at `at`, wholly before `end`. */
export function standsAt(bytes: Buffer, at: number, end: number, wanted: Buffer): boolean {
  const { length } = wanted;
  if (length > end - at) return false;
  if (length > LONG_BYTES) return wanted.compare(bytes, at, at + length) === 0;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Moves behind `wanted` where it stands at the reader's place. */
export function accept(reader: FrameReader, wanted: Buffer): boolean {
  if (!standsAt(reader.bytes, reader.at, reader.end, wanted)) return false;
  reader.at += wanted.length;
  return true;
}

/** Moves behind `wanted`. Errors: DECODE_FAILED where it does not stand at the reader's place. */
export function expect(reader: FrameReader, wanted: Buffer): void {
  if (accept(reader, wanted)) return;
  reader.fail(`${JSON.stringify(wanted.toString('utf8'))} is missing at byte ${reader.at - reader.start}`);
}

/** A piece of the frame as a string. Errors: DECODE_FAILED beyond 1 MiB. */
export function textBetween(reader: FrameReader, start: number, end: number, encoding: 'utf8' | 'latin1'): string {
  if (end - start > MAX_TEXT_BYTES) reader.fail(`a text of ${end - start} bytes where names are due`);
  return reader.bytes.toString(encoding, start, end);
}
