import { z } from 'zod';
import { StateSchema } from './schemas.ts';

/* What REST is asked: path, query and bodies that are not a spec. Strict: an unknown key is an error. */

export const TaskPathSchema = z.object({ id: z.string().describe('Id or name of the task') });

const limit = z.coerce.number().int().min(1).max(1000).optional();
const flag = z.enum(['true', 'false']).optional();
const name = z.string().min(1).optional().describe('Part of the name, without case');

export const ListQuerySchema = z.strictObject({
  state: StateSchema.optional(),
  name,
  limit,
  cursor: z.string().min(1).optional(),
});

export const DeleteQuerySchema = z.strictObject({
  force: flag.describe('Stops a running task and drops its slot first'),
  abandonSlot: flag.describe(
    'With force: deletes the task also when its slot cannot be dropped; the slot is left behind',
  ),
});

export const EventQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).optional().describe('Id of the last event already seen'),
  limit,
});

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;
const dateTime = z
  .string()
  .refine(
    (text) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)),
    'expected ISO 8601 with time zone, like 2026-01-31T08:00:00Z',
  )
  .meta({ format: 'date-time' });

export const StartBodySchema = z
  .strictObject({
    startAt: dateTime.optional().describe('When to start; now when left out'),
    acceptAlarms: z.boolean().optional().describe('Start although the precheck ended with alarms'),
  })
  .optional();

export const StopBodySchema = z
  .strictObject({
    force: z.boolean().optional().describe('End at once, end the session that reads the slot, drop the slot'),
    dropSlot: z.boolean().optional().describe('Drop the slot this task created; the spec decides when left out'),
  })
  .optional();

export const PrecheckBodySchema = z.strictObject({}).optional();

export const CleanupBodySchema = z
  .strictObject({ dryRun: z.boolean().optional().describe('Only tell what would be dropped') })
  .optional();

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Leaves out members that are undefined: "not given" is a missing member everywhere behind the edge. */
export function given<T extends object>(options: T | undefined): Defined<Partial<T>> {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<Partial<T>>;
}
