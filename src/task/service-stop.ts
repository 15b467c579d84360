import { asCdcError, CdcError } from '../domain/errors.ts';
import { formatLsn } from '../domain/lsn.ts';
import type { StopOptions, StoredTask, TaskPatch } from '../store/store.ts';
import { withDeadline } from './deadline.ts';
import { slotsLeft } from './happenings.ts';
import { commandState, isActive } from './machine.ts';
import { DEFAULT_NODE } from './names.ts';
import { leftOver, releaseEvents, releaseStreams } from './release.ts';
import { commandEvent, requireTask, type ServiceDeps } from './service-deps.ts';
import { withAdmin } from './slot-cleanup.ts';
import { toSourceEndpoint } from './spec.ts';
import { dialectOf, specOf } from './stored-spec.ts';
import type { CleanupResult, TaskApi } from './task-api.ts';
import { taskView } from './task-view.ts';

const POSITION_TIMEOUT_MS = 10_000;
/** Forced stop answers within 30 s (contract). */
const FORCED_TIMEOUT_MS = 28_000;
const NOTHING_DONE: CleanupResult = { terminatedSessions: [], droppedSlots: [], remainingSlots: [] };
const ABANDON_HINT =
  'Cure what the message names and repeat, or run the SQL on the source. Is the source gone for good? ' +
  'Delete with force=true&abandonSlot=true (--force --abandon-slot): the slot is then left behind.';
const DELETE_STOP = { force: true, dropSlot: true, untilLsn: {} } as const;

/** Stop, forced stop and delete. */
export function stopCommands(deps: ServiceDeps): Pick<TaskApi, 'stop' | 'forceStop' | 'delete'> {
  return {
    stop: (id, { dropSlot }, actor) => stop(deps, id, dropSlot, actor),
    forceStop: async (id, { dropSlot }, actor) => {
      const task = requireTask(deps.store, id);
      const result = await forceStop(deps, task, forcedOptions(task, dropSlot), actor);
      return { task: taskView(deps.store, requireTask(deps.store, task.id)), ...result };
    },
    delete: async (id, { force, abandonSlot = false }, actor) => {
      if (force) return deleteByForce(deps, id, abandonSlot, actor);
      if (abandonSlot) throw needsForce();
      return deleteIdle(deps, id);
    },
  };
}

async function stop(deps: ServiceDeps, id: string, dropSlot: boolean | undefined, actor: string) {
  const { store, supervisor } = deps;
  const before = requireTask(store, id);
  const isOver = commandState(before.state, 'stop') === 'COMPLETED';
  const untilLsn = isOver ? {} : await stopPosition(deps, before);
  // The task may have moved on while the source was asked.
  const task = requireTask(store, before.id);
  const state = commandState(task.state, 'stop');
  if (state === 'COMPLETED') return taskView(store, complete(deps, task, actor));
  const options = { ...forcedOptions(task, dropSlot), force: false, untilLsn };
  const message = 'stop requested: everything committed so far is published first';
  const event = commandEvent(actor, 'STOP_REQUESTED', message, {
    untilLsn,
    dropSlot: options.dropSlot,
    from: task.state,
    to: state,
  });
  const updated = store.updateTask(task.id, task.version, { ...STOPPED, state, stop: options }, [event]);
  supervisor.kick(task.id);
  return taskView(store, updated);
}

const STOPPED = {
  desired: 'stopped',
  startAt: null,
  attempts: 0,
  nextAttemptAt: null,
  lastError: null,
} as const satisfies TaskPatch;

function forcedOptions(task: StoredTask, dropSlot: boolean | undefined): StopOptions {
  const { slot } = specOf(task).source;
  return {
    force: true,
    dropSlot: dropSlot ?? slot?.dropOnStop ?? true,
    ...(dropSlot === true && { dropAsked: true }),
    untilLsn: {},
  };
}

/** A task that never started holds nothing: it ends at once. */
function complete({ store, supervisor }: ServiceDeps, task: StoredTask, actor: string): StoredTask {
  const precheck = task.precheck?.status === 'RUNNING' ? null : task.precheck;
  const event = commandEvent(actor, 'TASK_COMPLETED', 'stopped before it ever started', {
    from: task.state,
    to: 'COMPLETED',
  });
  const updated = store.updateTask(task.id, task.version, { ...STOPPED, state: 'COMPLETED', precheck, stop: null }, [
    event,
  ]);
  supervisor.kick(task.id);
  return updated;
}

/**
 * The server's WAL position now: the stop publishes everything committed before it. Nothing where no stream was ever opened.
 * Errors: SOURCE_UNREACHABLE; then nothing has changed.
 */
async function stopPosition(deps: ServiceDeps, task: StoredTask): Promise<StopOptions['untilLsn']> {
  const { store, supervisor, setTimer } = deps;
  const hasPosition = store.streams(task.id).some((stream) => stream.checkpoint !== null);
  if (!hasPosition && supervisor.runnerStatus(task.id) === null) return {};
  const late = () => {
    throw new CdcError('SOURCE_UNREACHABLE', `the source did not answer within ${POSITION_TIMEOUT_MS / 1000} s`);
  };
  try {
    return { [DEFAULT_NODE]: await withDeadline(readPosition(deps, task), POSITION_TIMEOUT_MS, setTimer, late) };
  } catch (error) {
    if (!hasPosition) return {};
    const { message, code } = asCdcError(error);
    throw new CdcError(
      'SOURCE_UNREACHABLE',
      `the task was not stopped, the source's WAL position cannot be read: ${message}`,
      {
        cause: error,
        hint: 'Stop again when the source answers, or stop by force: what is not published yet is then lost.',
        data: { cause: code },
      },
    );
  }
}

async function readPosition(deps: ServiceDeps, task: StoredTask): Promise<string> {
  const { source } = specOf(task);
  const catalog = await deps.sourceDriver(source.dialect).openCatalog(toSourceEndpoint(source));
  try {
    return formatLsn(await catalog.currentLsn());
  } finally {
    await catalog.close();
  }
}

async function forceStop(
  deps: ServiceDeps,
  task: StoredTask,
  options: StopOptions,
  actor: string,
): Promise<CleanupResult> {
  const { store, supervisor, setTimer } = deps;
  const state = commandState(task.state, 'forced-stop');
  if (state === 'COMPLETED') {
    if (task.state !== 'COMPLETED') complete(deps, task, actor);
    return NOTHING_DONE;
  }
  const data = { dropSlot: options.dropSlot, from: task.state, to: state };
  const event = commandEvent(actor, 'FORCED_STOP_REQUESTED', 'forced stop requested', data);
  store.updateTask(task.id, task.version, { ...STOPPED, state, stop: options }, [{ ...event, level: 'warn' }]);
  const driver = deps.sourceDriver(dialectOf(task));
  const late = () => leftOver(driver, store.streams(task.id), options, 'the stop did not end in time; it goes on');
  return withDeadline(supervisor.forceStop(task.id), FORCED_TIMEOUT_MS, setTimer, late);
}

/** Also without the source when told to leave the slot behind; then the log is what is left to find it by. */
async function deleteByForce(deps: ServiceDeps, id: string, abandonSlot: boolean, actor: string): Promise<void> {
  const { store, logger } = deps;
  const task = requireTask(store, id);
  const result = isActive(task.state) ? await forceStop(deps, task, DELETE_STOP, actor) : await releaseIdle(deps, task);
  const { remainingSlots } = result;
  if (remainingSlots.length > 0) {
    if (!abandonSlot) throw slotsLeft(result, ABANDON_HINT);
    logger.warn({ taskId: task.id, name: task.name, actor, remainingSlots }, 'task deleted, its slots are abandoned');
  }
  remove(deps, task.id);
}

function needsForce(): CdcError {
  const message = 'abandonSlot goes with force=true';
  return new CdcError('REQUEST_INVALID', message, { fields: [{ path: 'abandonSlot', code: 'conflict', message }] });
}

/** Frees what a task that does not run still holds: a slot kept at its stop, or of a start that failed. */
async function releaseIdle(deps: ServiceDeps, task: StoredTask): Promise<CleanupResult> {
  const { store, setTimer } = deps;
  const { source } = specOf(task);
  const driver = deps.sourceDriver(source.dialect);
  const stop = { ...DELETE_STOP, force: false };
  const work = releaseStreams({ store, taskId: task.id, driver, endpoint: toSourceEndpoint(source), stop });
  const late = () => leftOver(driver, store.streams(task.id), stop, 'the source did not answer in time');
  const result = await withDeadline(work, FORCED_TIMEOUT_MS, setTimer, late);
  for (const event of releaseEvents(result)) store.addEvent(task.id, event);
  return result;
}

async function deleteIdle(deps: ServiceDeps, id: string): Promise<void> {
  const { store } = deps;
  const task = requireTask(store, id);
  commandState(task.state, 'delete');
  const left = await existingSlots(deps, task);
  if (left.length > 0) throw slotLeft(deps, task, left);
  // The task may have been started while the source was asked.
  commandState(requireTask(store, task.id).state, 'delete');
  remove(deps, task.id);
}

interface LeftSlot {
  readonly slot: string;
  readonly reason: string;
}

/** The task's own slots that the source still has, or may have. */
async function existingSlots(deps: ServiceDeps, task: StoredTask): Promise<readonly LeftSlot[]> {
  const owned = deps.store.streams(task.id).filter((stream) => stream.slotOwned);
  if (owned.length === 0) return [];
  const { source } = specOf(task);
  try {
    return await withAdmin(deps.sourceDriver(source.dialect), toSourceEndpoint(source), async (admin) => {
      const left: LeftSlot[] = [];
      for (const { slot } of owned) if (await admin.find(slot)) left.push({ slot, reason: 'it still exists' });
      return left;
    });
  } catch (error) {
    const reason = `it may still exist, the source cannot be asked: ${asCdcError(error).message}`;
    return owned.map(({ slot }) => ({ slot, reason }));
  }
}

function slotLeft({ sourceDriver }: ServiceDeps, task: StoredTask, left: readonly LeftSlot[]): CdcError {
  const driver = sourceDriver(dialectOf(task));
  const texts = left.map(({ slot, reason }) => `slot ${slot}: ${reason}`).join('; ');
  return new CdcError('SLOT_LEFT', `task ${task.name} is not deleted: ${texts}`, {
    sql: left.flatMap(({ slot }) => driver.dropSlotSql(slot, null)),
    data: { slots: left },
  });
}

function remove({ store, supervisor, logger }: ServiceDeps, taskId: string): void {
  store.deleteTask(taskId);
  supervisor.forget(taskId);
  logger.info({ taskId }, 'task deleted');
}
