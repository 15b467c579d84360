import { z } from 'zod';
import { CdcError, type FieldError } from '../domain/errors.ts';

interface RoutePart {
  readonly schema: unknown;
  readonly httpPart?: string;
}

type Validator = (data: unknown) => { value: unknown } | { error: CdcError };

/** Checks query, path and body against the route's zod schema. Errors: REQUEST_INVALID with one field per fault. */
export function validate({ schema }: RoutePart): Validator {
  if (!(schema instanceof z.ZodType)) throw new TypeError('a route schema must be a zod schema');
  return (data) => {
    // An empty body arrives as null or undefined; routes with options only take both as "no options".
    const result = schema.safeParse(data ?? undefined);
    return result.success ? { value: result.data } : { error: invalidRequest(result.error) };
  };
}

/** Like `validate`, but leaves the body to the task service, which reports faults of a spec with the nearest known key. */
export function validateAllButBody(part: RoutePart): Validator {
  return part.httpPart === 'body' ? (value) => ({ value }) : validate(part);
}

function invalidRequest(error: z.ZodError): CdcError {
  const fields = error.issues.flatMap(fieldErrors);
  const list = fields.map((field) => (field.path === '' ? field.message : `${field.path}: ${field.message}`));
  return new CdcError('REQUEST_INVALID', list.join('; '), { fields });
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), code: issue.code, message: issue.message }];
  return issue.keys.map((key) => ({
    path: [...path, key].join('.'),
    code: 'unknown_key',
    message: `unknown key "${key}"`,
  }));
}
