import type { ErrorCode, RetryClass } from '../domain/errors.ts';

/** What a driver's error tells beyond its text; `code` is an SQLSTATE or an errno name. */
export interface DriverError {
  readonly message: string;
  readonly code: string | undefined;
  /** The server function that raised it: unlike the text it is never translated (protocol field `R`; openGauss has none). */
  readonly routine: string | undefined;
}

/** What an error means to us. */
export interface Verdict {
  readonly code: ErrorCode;
  readonly retry?: RetryClass;
  readonly hint?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Reads whatever was thrown. */
export function readDriverError(error: unknown): DriverError {
  if (!(error instanceof Error)) return { message: String(error), code: undefined, routine: undefined };
  const { code, routine } = error as Error & { code?: unknown; routine?: unknown };
  return {
    // Node tries every address of a name and reports an AggregateError whose own message is empty.
    message: error.message || (error instanceof AggregateError ? aggregateText(error) : error.name),
    code: typeof code === 'string' ? code : undefined,
    routine: typeof routine === 'string' ? routine : undefined,
  };
}

function aggregateText(error: AggregateError): string {
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join('; ');
}
