import type { CheckResult, PrecheckReport, TaskState } from '../domain/task.ts';
import type { EventLevel, Page, StoredError } from '../store/store.ts';
import type { TaskSpec } from './spec.ts';

/** A task as REST shows it. `spec` has no secrets. */
export interface TaskView {
  readonly id: string;
  readonly name: string;
  readonly state: TaskState;
  readonly drsStatus: string;
  readonly desiredState: string;
  readonly spec: unknown;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startAt: string | null;
  readonly slot: string;
  /** Null where the plugin reads none. */
  readonly publication: string | null;
  readonly precheckStatus: PrecheckReport['status'] | null;
  readonly lastError: StoredError | null;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly allowedCommands: readonly string[];
}

export interface EventView {
  readonly id: number;
  readonly time: string;
  readonly level: EventLevel;
  readonly code: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly actor: string;
}

export interface StreamProgress {
  readonly node: string;
  readonly slot: string;
  readonly receivedLsn: string | null;
  readonly acknowledgedLsn: string | null;
  readonly confirmedLsn: string | null;
  readonly serverLsn: string | null;
  readonly lagBytes: number | null;
  readonly lagMs: number | null;
  readonly retainedWalBytes: number | null;
}

export interface TableProgress {
  readonly schema: string;
  readonly table: string;
  readonly topic: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly failed: number;
}

export interface TaskProgress {
  readonly state: TaskState;
  readonly streams: readonly StreamProgress[];
  readonly tables: readonly TableProgress[];
  readonly records: {
    readonly published: number;
    readonly bytes: number;
    readonly skipped: number;
    readonly deadLettered: number;
  };
  readonly since: string;
}

export interface SlotView {
  readonly node: string;
  readonly slot: string;
  readonly plugin: string;
  readonly active: boolean;
  readonly pid: number | null;
  readonly owner: 'task' | 'orphan' | 'foreign';
  readonly confirmedLsn: string | null;
  readonly retainedWalBytes: number | null;
}

export interface SlotReference {
  readonly node: string;
  readonly slot: string;
}

export interface CleanupResult {
  readonly terminatedSessions: readonly { readonly node: string; readonly pid: number }[];
  readonly droppedSlots: readonly SlotReference[];
  readonly remainingSlots: readonly (SlotReference & { readonly reason: string; readonly sql: readonly string[] })[];
}

export interface ForcedStopResult extends CleanupResult {
  readonly task: TaskView;
}

/** A check as REST shows it: every member is there (contract). */
export interface CheckView extends Pick<CheckResult, 'id' | 'group' | 'status' | 'message'> {
  readonly cause: string | null;
  readonly cure: string | null;
  readonly sql: readonly string[];
}

export interface ReportView extends Omit<PrecheckReport, 'checks'> {
  readonly checks: readonly CheckView[];
}

export interface ConnectionTest {
  readonly ok: boolean;
  readonly checks: readonly CheckView[];
}

/** Everything the edge (REST, later a console) may ask of tasks. Every method throws CdcError; `id` is an id or a name. */
export interface TaskApi {
  create(spec: unknown, actor: string): TaskView;
  list(query: { state?: TaskState; name?: string; limit?: number; cursor?: string }): Page<TaskView>;
  get(id: string): TaskView;
  /** JSON merge patch (RFC 7396) on the spec; a secret left out keeps its stored value. */
  patch(id: string, mergePatch: unknown, actor: string): TaskView;
  /** `abandonSlot`, with `force`: also when the source cannot be freed of the task's slot (it is gone for good). */
  delete(id: string, options: { force: boolean; abandonSlot?: boolean }, actor: string): Promise<void>;
  /** Begins a precheck in the background; `precheckReport` shows it growing. */
  precheck(id: string, actor: string): ReportView;
  precheckReport(id: string): ReportView;
  start(id: string, options: { startAt?: string; acceptAlarms?: boolean }, actor: string): TaskView;
  stop(id: string, options: { force: false; dropSlot?: boolean }, actor: string): Promise<TaskView>;
  forceStop(id: string, options: { dropSlot?: boolean }, actor: string): Promise<ForcedStopResult>;
  progress(id: string): Promise<TaskProgress>;
  events(id: string, query: { after?: number; limit?: number }): Page<EventView>;
  slots(id: string): Promise<readonly SlotView[]>;
  cleanupSlots(id: string, options: { dryRun?: boolean }, actor: string): Promise<CleanupResult>;
  /** Drops one inactive slot by its name, whoever made it, on the source of this task (`slot drop NAME --task ID`). Errors: SLOT_IN_USE. */
  dropSlot(id: string, slot: string, actor: string): Promise<CleanupResult>;
  testSource(source: unknown): Promise<ConnectionTest>;
  testTarget(target: unknown): Promise<ConnectionTest>;
  /** For /metrics: a cheap snapshot of every task, no I/O. */
  snapshots(): readonly TaskSnapshot[];
}

/** Numbers of a task for metrics; positions as bytes of WAL. */
export interface TaskSnapshot {
  readonly id: string;
  readonly name: string;
  readonly state: TaskState;
  readonly receivedLsn: number;
  readonly acknowledgedLsn: number;
  readonly confirmedLsn: number;
  readonly serverLsn: number;
  readonly lagBytes: number;
  readonly lagMs: number;
  readonly published: number;
  readonly publishedBytes: number;
  readonly skipped: number;
  readonly heldBytes: number;
  readonly pausedMs: number;
  readonly retries: number;
}

export type { TaskSpec };
