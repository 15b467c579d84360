import { isText } from './ascii.ts';
import { conversionError } from './conversion-error.ts';

/** The sign of `infinity` or `-infinity`. Throws CONVERSION_FAILED for any other text. */
export function infinityOf(bytes: Buffer, start: number, end: number, expected: string): 1 | -1 {
  if (isText(bytes, start, end, 'infinity')) return 1;
  if (isText(bytes, start, end, '-infinity')) return -1;
  throw conversionError(expected);
}
