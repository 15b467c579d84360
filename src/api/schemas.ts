import { z } from 'zod';
import { TASK_STATES } from '../domain/task.ts';
import { TaskSpecSchema } from '../task/spec.ts';

/* What REST answers. The schemas document and test the answers; they do not filter them at run time. */

const time = z.string().describe('ISO 8601, UTC');
const lsn = z.string().nullable().describe('WAL position X/Y');
const count = z.number().int();

export const StateSchema = z.enum(TASK_STATES).meta({ id: 'TaskState' });

const StoredErrorSchema = z
  .strictObject({ code: z.string(), message: z.string(), hint: z.string(), sql: z.array(z.string()), at: time })
  .meta({ id: 'TaskError' });

const ReportStatusSchema = z.enum(['RUNNING', 'PASSED', 'ALARM', 'FAILED']);

export const TaskSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    state: StateSchema,
    drsStatus: z.string(),
    desiredState: z.string(),
    spec: TaskSpecSchema.describe('Without secrets'),
    createdAt: time,
    updatedAt: time,
    startAt: time.nullable(),
    slot: z.string(),
    publication: z.string().nullable(),
    precheckStatus: ReportStatusSchema.nullable(),
    lastError: StoredErrorSchema.nullable(),
    attempts: count,
    nextAttemptAt: time.nullable(),
    allowedCommands: z.array(z.string()),
  })
  .meta({ id: 'Task' });

const nextCursor = z.string().nullable().describe('Pass it on for the next page; null: this was the last');

export const TaskPageSchema = z.strictObject({ items: z.array(TaskSchema), nextCursor }).meta({ id: 'TaskPage' });

const CheckSchema = z
  .strictObject({
    id: z.string(),
    group: z.enum(['source', 'target', 'objects']),
    status: z.enum(['PASSED', 'ALARM', 'FAILED']),
    message: z.string(),
    cause: z.string().nullable(),
    cure: z.string().nullable(),
    sql: z.array(z.string()).describe('Statements that cure it, ready to run'),
  })
  .meta({ id: 'Check' });

export const PrecheckSchema = z
  .strictObject({
    status: ReportStatusSchema,
    startedAt: time,
    finishedAt: time.nullable(),
    checks: z.array(CheckSchema),
  })
  .meta({ id: 'PrecheckReport' });

const StreamSchema = z
  .strictObject({
    node: z.string(),
    slot: z.string(),
    receivedLsn: lsn,
    acknowledgedLsn: lsn,
    confirmedLsn: lsn,
    serverLsn: lsn,
    lagBytes: count.nullable(),
    lagMs: z.number().nullable(),
    retainedWalBytes: count.nullable(),
  })
  .meta({ id: 'StreamProgress' });

const TableSchema = z
  .strictObject({
    schema: z.string(),
    table: z.string(),
    topic: z.string(),
    inserted: count,
    updated: count,
    deleted: count,
    failed: count,
  })
  .meta({ id: 'TableProgress' });

export const ProgressSchema = z
  .strictObject({
    state: StateSchema,
    streams: z.array(StreamSchema),
    tables: z.array(TableSchema),
    records: z.strictObject({ published: count, bytes: count, skipped: count, deadLettered: count }),
    since: time,
  })
  .meta({ id: 'Progress' });

const EventSchema = z
  .strictObject({
    id: count,
    time,
    level: z.enum(['info', 'warn', 'error']),
    code: z.string(),
    message: z.string(),
    data: z.record(z.string(), z.unknown()),
    actor: z.string(),
  })
  .meta({ id: 'Event' });

export const EventPageSchema = z.strictObject({ items: z.array(EventSchema), nextCursor }).meta({ id: 'EventPage' });

const SlotSchema = z
  .strictObject({
    node: z.string(),
    slot: z.string(),
    plugin: z.string(),
    active: z.boolean(),
    pid: count.nullable(),
    owner: z.enum(['task', 'orphan', 'foreign']),
    confirmedLsn: lsn,
    retainedWalBytes: count.nullable(),
  })
  .meta({ id: 'Slot' });

export const SlotListSchema = z.strictObject({ slots: z.array(SlotSchema) }).meta({ id: 'SlotList' });

const slotReference = { node: z.string(), slot: z.string() };
const cleanup = {
  terminatedSessions: z.array(z.strictObject({ node: z.string(), pid: count })),
  droppedSlots: z.array(z.strictObject(slotReference)),
  remainingSlots: z.array(z.strictObject({ ...slotReference, reason: z.string(), sql: z.array(z.string()) })),
};

export const CleanupSchema = z.strictObject(cleanup).meta({ id: 'CleanupResult' });
export const ForcedStopSchema = z.strictObject({ task: TaskSchema, ...cleanup }).meta({ id: 'ForcedStopResult' });

export const ConnectionTestSchema = z
  .strictObject({ ok: z.boolean(), checks: z.array(CheckSchema) })
  .meta({ id: 'ConnectionTest' });

export const HealthSchema = z
  .strictObject({
    status: z.enum(['live', 'ready']),
    checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), message: z.string().optional() })).optional(),
  })
  .meta({ id: 'Health' });
