import { ByteWriter } from '../../src/domain/byte-writer.ts';

type Write = (bytes: Buffer, start: number, end: number, out: ByteWriter) => unknown;

/** Calls a reader with the text between digits that do not belong to it, as in a received frame. */
export function readText<T>(text: string, read: (bytes: Buffer, start: number, end: number) => T): T {
  const bytes = Buffer.from(`9${text}9`, 'utf8');
  return read(bytes, 1, bytes.length - 1);
}

/** What a writer appends for a text, behind something and into a buffer that must grow; null: it said false. */
export function writeText(text: string, write: Write, encoding: BufferEncoding = 'utf8'): string | null {
  const out = new ByteWriter(1);
  out.appendText('>');
  const result = readText(text, (bytes, start, end) => write(bytes, start, end, out));
  if (result === false && out.position > 1) throw new Error('a writer that says false has written');
  return result === false ? null : out.bytes.toString(encoding, 1, out.position);
}
