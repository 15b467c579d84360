import { ERROR_TABLE, type ErrorCode, type RetryClass } from './error-table.ts';

export type { ErrorCode, RetryClass };

export interface CdcErrorOptions {
  readonly cause?: unknown;
  /** Facts for the reader (LSN, object names, hex); never secrets, never cell values. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Replaces the table's general cure by one for this very case. */
  readonly hint?: string;
  /** Statements that cure it, ready to run. */
  readonly sql?: readonly string[];
  /** One entry per bad field of the input. */
  readonly fields?: readonly FieldError[];
  /** Set where one code can be either (an SQLSTATE may be temporary or not). */
  readonly retry?: RetryClass;
}

export interface FieldError {
  /** Path in the input, `source.slot.name`. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** The one error of Gausscast: `code` is the identity (texts may change), `hint` the cure, `retry` what to do about it. */
export class CdcError extends Error {
  readonly code: ErrorCode;
  readonly retry: RetryClass;
  readonly http: number;
  readonly hint: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly sql: readonly string[];
  readonly fields: readonly FieldError[];

  constructor(code: ErrorCode, message: string, options: CdcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = ERROR_TABLE[code];
    this.name = 'CdcError';
    this.code = code;
    this.retry = options.retry ?? entry.retry;
    this.http = entry.http;
    this.hint = options.hint ?? entry.hint;
    this.data = options.data ?? {};
    this.sql = options.sql ?? [];
    this.fields = options.fields ?? [];
  }
}

/** Passes a CdcError through and wraps anything else as INTERNAL, keeping it as cause. */
export function asCdcError(error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new CdcError('INTERNAL', text, { cause: error });
}
