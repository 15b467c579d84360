import { CdcError } from '../../domain/errors.ts';

/** A CONVERSION_FAILED saying what was expected. The cell itself stays out of it: messages never hold values. */
export function conversionError(expected: string): CdcError {
  return new CdcError('CONVERSION_FAILED', `a cell cannot be read as ${expected}`, { data: { expected } });
}
