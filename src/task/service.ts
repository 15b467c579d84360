import { CdcError } from '../domain/errors.ts';
import type { CheckResult } from '../domain/task.ts';
import type { StoredTask } from '../store/store.ts';
import { commandState, illegalState } from './machine.ts';
import { newTaskId } from './names.ts';
import { PrecheckRunner } from './precheck-runner.ts';
import { commandEvent, requireTask, type ServiceDeps } from './service-deps.ts';
import { slotCommands } from './service-slots.ts';
import { stopCommands } from './service-stop.ts';
import { NOTHING_SEEN, SourceProbe } from './source-probe.ts';
import { parseSource, parseSpec, parseTarget, toKafkaEndpoint, toSourceEndpoint } from './spec.ts';
import { patchedSpec } from './spec-patch.ts';
import { assertStartable, parseStartAt } from './start-gate.ts';
import type { ConnectionTest, TaskApi } from './task-api.ts';
import { taskProgress, taskSnapshot } from './task-progress.ts';
import { checkView, eventView, reportView, taskView } from './task-view.ts';

/** The task service, and a way to wait for what it does in the background. */
export interface TaskService extends TaskApi {
  /** Resolves when no precheck runs any more. */
  settle(): Promise<void>;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Builds the service over its adapters. Prechecks of an earlier process are put back to CONFIGURATION. */
export function createTaskService(deps: ServiceDeps): TaskService {
  const prechecks = new PrecheckRunner(deps);
  const { store } = deps;
  return {
    ...lifeCommands(deps),
    ...stopCommands(deps),
    ...slotCommands(deps),
    ...observations(deps),
    ...connectionTests(deps),
    precheck: (id, actor) => reportView(prechecks.begin(id, actor)),
    precheckReport: (id) => {
      const { name, precheck } = requireTask(store, id);
      if (precheck) return reportView(precheck);
      throw new CdcError('NOT_FOUND', `task ${name} has no precheck of its present spec`, {
        hint: 'Run the precheck first.',
      });
    },
    settle: () => prechecks.settle(),
  };
}

function lifeCommands(deps: ServiceDeps): Pick<TaskApi, 'create' | 'list' | 'get' | 'patch' | 'start'> {
  const { store } = deps;
  return {
    create: (input, actor) => taskView(store, create(deps, input, actor)),
    list: ({ limit, ...filter }) => {
      const page = store.listTasks({ ...filter, limit: bounded(limit) });
      return { items: page.items.map((task) => taskView(store, task)), nextCursor: page.nextCursor };
    },
    get: (id) => taskView(store, requireTask(store, id)),
    patch: (id, mergePatch, actor) => taskView(store, patch(deps, id, mergePatch, actor)),
    start: (id, options, actor) => taskView(store, start(deps, id, options, actor)),
  };
}

function create({ store }: ServiceDeps, input: unknown, actor: string): StoredTask {
  const spec = parseSpec(input);
  const task = {
    id: newTaskId(),
    name: spec.name,
    spec: JSON.stringify(spec),
    state: 'CONFIGURATION',
    desired: 'idle',
    startAt: null,
    precheck: null,
    lastError: null,
    attempts: 0,
    nextAttemptAt: null,
    stop: null,
  } as const;
  return store.createTask(task, commandEvent(actor, 'TASK_CREATED', `task ${spec.name} created`));
}

function patch({ store, supervisor }: ServiceDeps, id: string, mergePatch: unknown, actor: string): StoredTask {
  const task = requireTask(store, id);
  const state = commandState(task.state, 'patch');
  if (task.precheck?.status === 'RUNNING')
    throw illegalState(task.state, 'patch', 'a precheck of the present spec is running');
  const spec = patchedSpec(task, mergePatch, store.streams(task.id));
  const change = {
    name: spec.name,
    spec: JSON.stringify(spec),
    state,
    precheck: null,
    ...(task.startAt !== null && { startAt: null, desired: 'idle' as const }),
  };
  const message = 'the spec was changed; a new precheck is needed before the next start';
  const event = commandEvent(actor, 'TASK_CHANGED', message, { from: task.state, to: state });
  const updated = store.updateTask(task.id, task.version, change, [event]);
  supervisor.kick(task.id);
  return updated;
}

function start(
  { store, supervisor, now }: ServiceDeps,
  id: string,
  options: { startAt?: string; acceptAlarms?: boolean },
  actor: string,
): StoredTask {
  const task = requireTask(store, id);
  const plannedMs = parseStartAt(options.startAt, now());
  assertStartable(task, options.acceptAlarms === true);
  const startAt = plannedMs === null ? null : new Date(plannedMs).toISOString();
  const state = startAt === null ? commandState(task.state, 'start') : task.state;
  const event =
    startAt === null
      ? commandEvent(actor, 'TASK_STARTING', 'start requested', { from: task.state, to: state })
      : commandEvent(actor, 'START_PLANNED', `starts at ${startAt}`, { startAt });
  const fresh = startAt === null ? { attempts: 0, lastError: null, nextAttemptAt: null, stop: null } : {};
  const updated = store.updateTask(task.id, task.version, { state, desired: 'running', startAt, ...fresh }, [event]);
  supervisor.kick(task.id);
  return updated;
}

function observations(deps: ServiceDeps): Pick<TaskApi, 'progress' | 'events' | 'snapshots'> {
  const { store, supervisor } = deps;
  const probe = new SourceProbe(deps);
  return {
    progress: async (id) => {
      const task = requireTask(store, id);
      // Asking a source that the task never reached would only repeat its failure.
      const isAsked = task.state !== 'COMPLETED' && store.streams(task.id).length > 0;
      const sight = isAsked ? await probe.look(task) : NOTHING_SEEN;
      return taskProgress(store, requireTask(store, task.id), supervisor.runnerStatus(task.id), sight);
    },
    events: (id, { after = 0, limit }) => {
      const page = store.listEvents(requireTask(store, id).id, after, bounded(limit));
      return { items: page.items.map(eventView), nextCursor: page.nextCursor };
    },
    snapshots: () => store.allTasks().map((task) => taskSnapshot(store, task, supervisor.runnerStatus(task.id))),
  };
}

function connectionTests(deps: ServiceDeps): Pick<TaskApi, 'testSource' | 'testTarget'> {
  return {
    testSource: async (input) => {
      const source = parseSource(input);
      return tested(await deps.sourceDriver(source.dialect).testConnection(toSourceEndpoint(source)));
    },
    testTarget: async (input) => {
      const endpoint = toKafkaEndpoint(parseTarget(input));
      return tested(await deps.sinkDriver.testConnection(endpoint, 'gausscast-test'));
    },
  };
}

function tested(checks: readonly CheckResult[]): ConnectionTest {
  return { ok: !checks.some((check) => check.status === 'FAILED'), checks: checks.map(checkView) };
}

function bounded(limit: number | undefined): number {
  return Math.min(Math.max(limit ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
}
