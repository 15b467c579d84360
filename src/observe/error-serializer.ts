import { CdcError } from '../domain/errors.ts';
import { redactSecrets } from './redact.ts';

const MAX_CAUSES = 5;

/** What the log shows of an error under the key `err`: for a CdcError code, hint, retry class and data too, and the chain of causes. */
export function serializeError(error: unknown): unknown {
  return serialize(error, 0);
}

function serialize(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return redactSecrets(error);
  const shown: Record<string, unknown> = { type: error.name, message: error.message };
  if (error instanceof CdcError) Object.assign(shown, cdcMembers(error));
  else if ('code' in error) shown.code = error.code;
  // A CdcError's stack says little; the one of its cause shows where it happened.
  if (!(error instanceof CdcError) || error.code === 'INTERNAL') shown.stack = error.stack;
  if (error.cause !== undefined && depth < MAX_CAUSES) shown.cause = serialize(error.cause, depth + 1);
  return shown;
}

function cdcMembers(error: CdcError): Record<string, unknown> {
  return {
    code: error.code,
    retry: error.retry,
    hint: error.hint,
    ...(Object.keys(error.data).length > 0 && { data: redactSecrets(error.data) }),
    ...(error.fields.length > 0 && { fields: error.fields }),
    ...(error.sql.length > 0 && { sql: error.sql }),
  };
}
