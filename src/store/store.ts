import type { TableName } from '../domain/decoding.ts';
import type { Checkpoint, DesiredState, PrecheckReport, ProducerIdentity, TaskState } from '../domain/task.ts';

/** A task row. `spec` is the JSON of the whole validated spec, secrets included: it never leaves through API, log or event. */
export interface StoredTask {
  readonly id: string;
  readonly name: string;
  readonly spec: string;
  readonly state: TaskState;
  readonly desired: DesiredState;
  /** Raised by every update; an update names the version it read (optimistic locking). */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** ISO time of a planned start, or null. */
  readonly startAt: string | null;
  readonly precheck: PrecheckReport | null;
  /** The last error shown to the user (no secrets), or null. */
  readonly lastError: StoredError | null;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  /** Options of the stop that is under way. */
  readonly stop: StopOptions | null;
}

export interface StoredError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly sql: readonly string[];
  readonly at: string;
}

export interface StopOptions {
  readonly force: boolean;
  readonly dropSlot: boolean;
  /** The request itself asked to drop the slot: then also one that the task did not create. Absent: it did not. */
  readonly dropAsked?: boolean;
  /** Server WAL position at the moment of the request, per node; everything committed before is published (design §5.11). */
  readonly untilLsn: Readonly<Record<string, string>>;
}

export type TaskPatch = Partial<Omit<StoredTask, 'id' | 'version' | 'createdAt' | 'updatedAt'>>;

export type EventLevel = 'info' | 'warn' | 'error';

export interface NewEvent {
  readonly level: EventLevel;
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** `user`, `system`, later a token's name. */
  readonly actor: string;
}

export interface StoredEvent extends NewEvent {
  /** Increasing over all tasks. */
  readonly id: number;
  readonly taskId: string;
  readonly time: string;
}

/** What is remembered of a stream's slot: a slot that differs is SLOT_LOST (design §8). */
export interface StoredStream {
  readonly node: string;
  readonly slot: string;
  /** True when this task created the slot; only such a slot is dropped without being asked by name. */
  readonly slotOwned: boolean;
  readonly plugin: string;
  readonly database: string;
  readonly systemId: string;
  /** Null where the plugin needs none. */
  readonly publication: string | null;
  readonly publicationOwned: boolean;
  /** What is captured where no publication says it, as of the first start; event numbers depend on it (design §5.9). */
  readonly tables: readonly TableName[] | null;
  readonly checkpoint: Checkpoint | null;
  readonly producer: ProducerIdentity | null;
}

/** What a stream knew of a relation when it first compiled it: lets WAL of a table dropped since be published. */
export interface StoredRelation {
  readonly node: string;
  readonly oid: number;
  /** JSON: key column names, identity column names, type names by column. */
  readonly description: string;
}

export interface TableCounters {
  readonly schema: string;
  readonly table: string;
  readonly topic: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly failed: number;
}

/** Totals of a task over all its runs, stored now and then (they may lag after a crash; positions never do). */
export interface StoredTotals {
  readonly published: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly tables: readonly TableCounters[];
}

export interface TaskFilter {
  readonly state?: TaskState;
  readonly name?: string;
  readonly limit: number;
  /** Opaque: the last id of the page before. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Embedded persistence. Synchronous: every call is done, and durable, when it returns. Errors: STORE_*, NAME_TAKEN, CONFLICT. */
export interface Store {
  /** Random id of this installation, made at first start; part of generated slot names. 8 characters [a-z0-9]. */
  readonly installationId: string;
  createTask(task: Omit<StoredTask, 'version' | 'createdAt' | 'updatedAt'>, event: NewEvent): StoredTask;
  /** By id or, failing that, by name (without case). */
  findTask(idOrName: string): StoredTask | null;
  listTasks(filter: TaskFilter): Page<StoredTask>;
  /** All tasks, for the supervisor. */
  allTasks(): readonly StoredTask[];
  /** One versioned UPDATE plus the event rows, in one transaction. CONFLICT when `version` is not the stored one. */
  updateTask(id: string, version: number, patch: TaskPatch, events: readonly NewEvent[]): StoredTask;
  /** Removes the task and everything of it; secrets are overwritten (secure_delete, VACUUM/WAL truncated). */
  deleteTask(id: string): void;
  addEvent(taskId: string, event: NewEvent): StoredEvent;
  listEvents(taskId: string, after: number, limit: number): Page<StoredEvent>;
  streams(taskId: string): readonly StoredStream[];
  putStream(taskId: string, stream: StoredStream): void;
  deleteStream(taskId: string, node: string): void;
  /** Hot: called a few times a second per stream. Refuses to move a checkpoint back. */
  putCheckpoint(taskId: string, node: string, checkpoint: Checkpoint): void;
  putProducer(taskId: string, node: string, producer: ProducerIdentity): void;
  relation(taskId: string, node: string, oid: number): StoredRelation | null;
  putRelation(taskId: string, relation: StoredRelation): void;
  /** Partition count per topic, stored at first use. */
  topicPartitions(taskId: string, topic: string): number | null;
  putTopicPartitions(taskId: string, topic: string, partitions: number): void;
  totals(taskId: string): StoredTotals | null;
  putTotals(taskId: string, totals: StoredTotals): void;
  /** Reads next to nothing from the file: throws when the store cannot be read. */
  ping(): void;
  close(): void;
}
