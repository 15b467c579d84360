import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

const FieldErrorSchema = z
  .strictObject({ path: z.string(), code: z.string(), message: z.string() })
  .meta({ id: 'FieldError' });

/** An error as REST tells it (RFC 9457). `code` is stable, texts are not. */
export const ProblemSchema = z
  .strictObject({
    type: z.string().describe('urn:gausscast:error: followed by the code'),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    hint: z.string().describe('What to do about it'),
    instance: z.string().describe('Path of the request'),
    errors: z.array(FieldErrorSchema).optional().describe('One entry per bad field'),
    sql: z.array(z.string()).optional().describe('Statements that cure it, ready to run'),
    data: z.record(z.string(), z.unknown()).optional().describe('Facts: allowed commands, alarms, failed checks'),
    allowedCommands: z.array(z.string()).optional().describe('With ILLEGAL_STATE: what the task takes now'),
    alarms: z
      .array(z.record(z.string(), z.unknown()))
      .optional()
      .describe('With PRECHECK_ALARMS: the checks to accept'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });

/**
 * The `response` part of a route's schema: these answers, and a problem document for each status. Typed loosely on purpose:
 * the schemas describe what the task service answers (tests compare), they do not type what handlers send.
 */
export function answers(success: Readonly<Record<number, unknown>>, ...statuses: readonly number[]): unknown {
  const content = { [PROBLEM_TYPE]: { schema: ProblemSchema } };
  const describe = (status: number) => ({ description: STATUS_CODES[status] ?? 'Error', content });
  return { ...Object.fromEntries(statuses.map((status) => [status, describe(status)])), ...success };
}
