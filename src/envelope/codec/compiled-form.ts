import type { ByteWriter } from '../../domain/byte-writer.ts';

/**
 * Appends a cell, bytes[start … end), in one form. False: the form has no way to say it; what was appended does not count.
 * Throws CONVERSION_FAILED.
 */
export type FormWriter = (bytes: Buffer, start: number, end: number, out: ByteWriter) => boolean;

export interface CompiledForm {
  /** Whether what `write` appends stands between quotes, which it leaves to its caller. */
  readonly isQuoted: boolean;
  readonly write: FormWriter;
}

/** A writer that has a way to say every cell. */
export function always(write: (bytes: Buffer, start: number, end: number, out: ByteWriter) => void): FormWriter {
  return (bytes, start, end, out) => {
    write(bytes, start, end, out);
    return true;
  };
}
