import { CdcError } from '../domain/errors.ts';
import type { SinkDriver } from '../sink/sink.ts';
import type { SourceDriver } from '../source/source.ts';
import type { NewEvent, Store, StoredTask } from '../store/store.ts';
import type { SetTimer } from './deadline.ts';
import { generatedSlotName, managedPublicationName } from './names.ts';
import type { TaskSpec } from './spec.ts';
import { readsPublication } from './spec-decoding-rules.ts';
import type { RunnerStatus } from './stream-runner.ts';
import type { CleanupResult } from './task-api.ts';
import type { TaskLogger } from './task-logger.ts';

/** What the service asks of the supervisor. */
export interface TaskSupervisor {
  /** Looks at a task that was changed in the store. */
  kick(taskId: string): void;
  /** Carries out a forced stop that was stored. Never rejects. */
  forceStop(taskId: string): Promise<CleanupResult>;
  /** After a task was deleted. */
  forget(taskId: string): void;
  runnerStatus(taskId: string): RunnerStatus | null;
}

export interface ServiceDeps {
  readonly store: Store;
  readonly supervisor: TaskSupervisor;
  readonly sourceDriver: (dialect: TaskSpec['source']['dialect']) => SourceDriver;
  readonly sinkDriver: SinkDriver;
  /** Unix ms. */
  readonly now: () => number;
  readonly setTimer: SetTimer;
  readonly logger: TaskLogger;
}

/** The task with this id or name. Errors: TASK_NOT_FOUND. */
export function requireTask(store: Store, idOrName: string): StoredTask {
  const task = store.findTask(idOrName);
  if (task === null) throw new CdcError('TASK_NOT_FOUND', `there is no task ${idOrName}`);
  return task;
}

/** Slot and publication of a task: as stored once it has started, else as they will be. */
export function namesOf(
  store: Store,
  task: StoredTask,
  source: Pick<TaskSpec['source'], 'dialect' | 'decoding' | 'slot' | 'publication'>,
) {
  const stream = store.streams(task.id)[0];
  const managedPublication = managedPublicationName(store.installationId, task.id);
  const planned = readsPublication(source) ? managedPublication : null;
  return {
    slot: stream?.slot ?? source.slot?.name ?? generatedSlotName(store.installationId, task.id),
    publication: stream ? stream.publication : (source.publication ?? planned),
    managedPublication,
  };
}

/** An entry for the task's log about a command. */
export function commandEvent(actor: string, code: string, message: string, data?: NewEvent['data']): NewEvent {
  return { level: 'info', code, message, actor, ...(data && { data }) };
}
