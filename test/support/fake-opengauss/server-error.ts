/** What openGauss adds to SQLSTATE and message; left out: `c` 0 and module BACKEND, as most recorded errors have it. */
export interface ErrorDetails {
  /** Field `c`, the internal error code. */
  readonly internalCode?: number;
  /** Field `d`. */
  readonly module?: 'BACKEND' | 'LOGICAL_DECODE' | 'SEC' | 'EXECUTOR';
  readonly detail?: string;
  readonly hint?: string;
  /** Field `W`, the context. */
  readonly where?: string;
}

/** An error the server answers with. Its severity is the session's matter: whatever fails on a walsender is FATAL. */
export class ServerError extends Error {
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Message and code of a walsender for replication commands it cannot parse. */
export function syntaxError(): ServerError {
  return new ServerError('42601', 'replication command parser returned 1');
}

export function adminShutdown(): ServerError {
  return new ServerError('57P01', 'terminating connection due to administrator command');
}
