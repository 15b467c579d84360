import { z } from 'zod';

/** Text that says something. */
export const text = z.string().min(1, 'must not be empty');

export const port = z.int().min(1, 'a port is 1 to 65535').max(65535, 'a port is 1 to 65535');

/** A value that is write-only: the mark is what redaction, OpenAPI and log scrubbing go by. */
export function secret(description: string) {
  return z.string().min(1, 'must not be empty').meta({ secret: true, description });
}

/** A refinement out of a function that names what is wrong, or answers null. */
export function faultCheck(fault: (value: string) => string | null) {
  return (value: string, context: z.RefinementCtx): void => {
    const message = fault(value);
    if (message !== null) context.addIssue({ code: 'custom', message });
  };
}
