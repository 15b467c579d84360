import type { ByteWriter } from '../../domain/byte-writer.ts';
import { conversionError } from '../convert/conversion-error.ts';
import type { FormWriter } from './compiled-form.ts';
import { type JsonDialect, roomForText, writeText } from './json-dialect.ts';

const LETTER_T = 0x74;
const LETTER_F = 0x66;
const LETTER_Z = 0x5a;
const TRUE = Buffer.from('true', 'latin1');
const FALSE = Buffer.from('false', 'latin1');
const UTC = Buffer.from('+00', 'latin1');

/** Text, escaped. */
export function textWriter(dialect: JsonDialect): FormWriter {
  return (bytes, start, end, out) => {
    const target = out.reserve(roomForText(dialect, bytes, start, end));
    out.position = writeText(dialect, bytes, start, end, target, out.position);
    return true;
  };
}

/** Text, escaped, with `Z` in place of `+00` at its end. */
export function zonedTextWriter(dialect: JsonDialect): FormWriter {
  const write = textWriter(dialect);
  return (bytes, start, end, out) => {
    const cut = end - UTC.length;
    if (cut < start || bytes.compare(UTC, 0, UTC.length, cut, end) !== 0) return write(bytes, start, end, out);
    write(bytes, start, cut, out);
    out.reserve(1)[out.position++] = LETTER_Z;
    return true;
  };
}

export function writeBoolean(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  const letter = end - start === 1 ? bytes[start] : 0;
  if (letter !== LETTER_T && letter !== LETTER_F) throw conversionError('a boolean (t or f)');
  out.append(letter === LETTER_T ? TRUE : FALSE);
}
