import { CdcError } from '../../src/domain/errors.ts';
import type { TaskApi, TaskView } from '../../src/task/task-api.ts';

/** What a test wants a method to do instead of answering the sample. */
export type Overrides = Partial<TaskApi>;

export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface FakeTasks {
  readonly api: TaskApi;
  readonly calls: Call[];
}

export const TASK: TaskView = {
  id: 'tsk_1',
  name: 'orders-to-kafka',
  state: 'CONFIGURATION',
  drsStatus: 'CONFIGURATION',
  desiredState: 'idle',
  spec: {
    name: 'orders-to-kafka',
    source: { dialect: 'postgres', host: 'db', port: 5432, database: 'shop', username: 'cdc' },
  },
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  startAt: null,
  slot: 'gausscast_abcdefgh_1',
  publication: 'gausscast_abcdefgh_1',
  precheckStatus: null,
  lastError: null,
  attempts: 0,
  nextAttemptAt: null,
  allowedCommands: ['precheck', 'delete'],
};

export const REPORT = {
  status: 'ALARM',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  checks: [
    {
      id: 'source.reachable',
      group: 'source',
      status: 'PASSED',
      message: 'db:5432 answers',
      cause: null,
      cure: null,
      sql: [],
    },
    {
      id: 'objects.identity',
      group: 'objects',
      status: 'ALARM',
      message: 'old rows are incomplete',
      cause: 'public.a has replica identity DEFAULT',
      cure: 'Set it to FULL',
      sql: ['ALTER TABLE public.a REPLICA IDENTITY FULL;'],
    },
  ],
} as const;

export const CLEANUP = {
  terminatedSessions: [{ node: 'default', pid: 7 }],
  droppedSlots: [{ node: 'default', slot: 's1' }],
  remainingSlots: [{ node: 'default', slot: 's2', reason: 'in use', sql: ["SELECT pg_drop_replication_slot('s2');"] }],
} as const;

const PROGRESS = {
  state: 'INCREMENTAL',
  streams: [
    {
      node: 'default',
      slot: 's1',
      receivedLsn: '0/20',
      acknowledgedLsn: '0/18',
      confirmedLsn: '0/10',
      serverLsn: '0/30',
      lagBytes: 2048,
      lagMs: 12,
      retainedWalBytes: null,
    },
  ],
  tables: [{ schema: 'public', table: 'a', topic: 't', inserted: 1, updated: 2, deleted: 3, failed: 0 }],
  records: { published: 6, bytes: 600, skipped: 0, deadLettered: 0 },
  since: '2026-01-01T00:00:00.000Z',
} as const;

const EVENT = {
  id: 4,
  time: '2026-01-01T00:00:00.000Z',
  level: 'info',
  code: 'CREATED',
  message: 'created',
  data: {},
  actor: 'user',
} as const;

const SLOT = {
  node: 'default',
  slot: 's1',
  plugin: 'pgoutput',
  active: true,
  pid: 7,
  owner: 'task',
  confirmedLsn: '0/10',
  retainedWalBytes: 10,
} as const;

const SAMPLES: TaskApi = {
  create: () => TASK,
  list: () => ({ items: [TASK], nextCursor: null }),
  get: (id) => {
    if (id === TASK.id || id === TASK.name) return TASK;
    throw new CdcError('TASK_NOT_FOUND', `there is no task ${id}`);
  },
  patch: () => TASK,
  delete: async () => undefined,
  precheck: () => ({ status: 'RUNNING', startedAt: REPORT.startedAt, finishedAt: null, checks: [] }),
  precheckReport: () => REPORT,
  start: () => ({ ...TASK, state: 'STARTING' }),
  stop: async () => ({ ...TASK, state: 'STOPPING' }),
  forceStop: async () => ({ task: { ...TASK, state: 'STOP_FAILED' }, ...CLEANUP }),
  progress: async () => PROGRESS,
  events: () => ({ items: [EVENT], nextCursor: null }),
  slots: async () => [SLOT],
  cleanupSlots: async () => CLEANUP,
  dropSlot: async () => ({ ...CLEANUP, remainingSlots: [] }),
  testSource: async () => ({ ok: true, checks: REPORT.checks }),
  testTarget: async () => ({ ok: false, checks: [] }),
  snapshots: () => [],
};

/** A task service that answers samples and remembers what it was asked. */
export function fakeTasks(overrides: Overrides = {}): FakeTasks {
  const calls: Call[] = [];
  const methods: TaskApi = { ...SAMPLES, ...overrides };
  const recorded = Object.entries(methods).map(([method, implementation]) => [
    method,
    (...args: unknown[]) => {
      calls.push({ method, args });
      return (implementation as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return { api: Object.fromEntries(recorded) as TaskApi, calls };
}
