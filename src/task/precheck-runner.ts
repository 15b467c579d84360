import { asCdcError } from '../domain/errors.ts';
import { type CheckResult, type PrecheckReport, worstStatus } from '../domain/task.ts';
import type { SourceTable } from '../source/source.ts';
import type { StoredTask } from '../store/store.ts';
import { commandState, illegalState, signalState } from './machine.ts';
import { sourceRequest, targetRequest } from './precheck-plan.ts';
import { commandEvent, requireTask, type ServiceDeps } from './service-deps.ts';
import type { TaskSpec } from './spec.ts';
import { specOf } from './stored-spec.ts';
import { signalTask } from './transition.ts';

type PrecheckDeps = Pick<ServiceDeps, 'store' | 'sourceDriver' | 'sinkDriver' | 'now' | 'logger'>;

/** Runs prechecks in the background, one per task at a time; the report in the store grows as they go on. */
export class PrecheckRunner {
  readonly #deps: PrecheckDeps;
  readonly #running = new Set<Promise<void>>();

  constructor(deps: PrecheckDeps) {
    this.#deps = deps;
    this.#forgetLost();
  }

  /** Begins a precheck; returns the report as it starts. A planned start is cancelled. Errors: ILLEGAL_STATE. */
  begin(id: string, actor: string): PrecheckReport {
    const { store, now } = this.#deps;
    const task = requireTask(store, id);
    if (task.precheck?.status === 'RUNNING')
      throw illegalState(task.state, 'precheck', 'a precheck is running already');
    const state = commandState(task.state, 'precheck');
    const spec = specOf(task);
    const precheck: PrecheckReport = { status: 'RUNNING', startedAt: iso(now()), finishedAt: null, checks: [] };
    const events = [
      commandEvent(actor, 'PRECHECK_STARTED', 'precheck started'),
      ...(task.startAt === null ? [] : [commandEvent(actor, 'START_CANCELLED', 'the planned start is cancelled')]),
    ];
    const unplanned = task.startAt === null ? {} : ({ startAt: null, desired: 'idle' } as const);
    const updated = store.updateTask(task.id, task.version, { state, precheck, ...unplanned }, events);
    this.#keep(this.#run(updated, spec, precheck));
    return precheck;
  }

  /** Resolves when no precheck runs any more. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Prechecks that were running when the process ended have no result. */
  #forgetLost(): void {
    const { store } = this.#deps;
    for (const task of store.allTasks()) {
      if (task.precheck?.status !== 'RUNNING') continue;
      const message = 'the service ended during the precheck; run it again';
      const event = { level: 'warn', code: 'PRECHECK_LOST', message } as const;
      signalTask(store, task.id, { signal: 'precheck-lost', patch: { precheck: null }, event });
    }
  }

  #keep(work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) => this.#deps.logger.error({ err: error }, 'a precheck could not be stored'))
      .finally(() => this.#running.delete(kept));
    this.#running.add(kept);
  }

  async #run(task: StoredTask, spec: TaskSpec, begun: PrecheckReport): Promise<void> {
    const source = await this.#checkSource(task, spec);
    this.#store(task.id, begun, { ...begun, checks: source.checks });
    const target = await this.#checkTarget(task, spec, source.tables);
    const checks = [...source.checks, ...target];
    this.#store(task.id, begun, { ...begun, status: worstStatus(checks), finishedAt: iso(this.#deps.now()), checks });
  }

  async #checkSource(task: StoredTask, spec: TaskSpec) {
    const tables: readonly SourceTable[] = [];
    try {
      const driver = this.#deps.sourceDriver(spec.source.dialect);
      return await driver.precheck(sourceRequest(this.#deps.store, task, spec));
    } catch (error) {
      return { checks: [brokenCheck('source', error)], tables };
    }
  }

  async #checkTarget(
    task: StoredTask,
    spec: TaskSpec,
    tables: readonly SourceTable[],
  ): Promise<readonly CheckResult[]> {
    try {
      return await this.#deps.sinkDriver.precheck(targetRequest(this.#deps.store, task, spec, tables));
    } catch (error) {
      return [brokenCheck('target', error)];
    }
  }

  /** Stores a report unless the task went on without it (stopped, deleted). */
  #store(taskId: string, begun: PrecheckReport, report: PrecheckReport): void {
    const { store } = this.#deps;
    const task = store.findTask(taskId);
    if (task?.id !== taskId || task.precheck?.status !== 'RUNNING' || task.precheck.startedAt !== begun.startedAt)
      return;
    if (report.status === 'RUNNING') {
      store.updateTask(taskId, task.version, { precheck: report }, []);
      return;
    }
    const signal = report.status === 'FAILED' ? 'precheck-failed' : 'precheck-passed';
    if (signalState(task.state, signal) === null) return;
    signalTask(store, taskId, { signal, patch: { precheck: report }, event: finishedEvent(report) });
  }
}

function finishedEvent(report: PrecheckReport) {
  const count = (status: string) => report.checks.filter((check) => check.status === status).length;
  const data = { status: report.status, failed: count('FAILED'), alarms: count('ALARM'), passed: count('PASSED') };
  const level = report.status === 'PASSED' ? ('info' as const) : ('warn' as const);
  return { level, code: 'PRECHECK_FINISHED', message: `precheck finished: ${report.status}`, data };
}

/** A check that says that checking itself failed. */
function brokenCheck(group: 'source' | 'target', error: unknown): CheckResult {
  const { code, message, hint, sql } = asCdcError(error);
  return {
    id: `${group}-precheck`,
    group,
    status: 'FAILED',
    message: `The ${group} could not be checked.`,
    cause: `${code}: ${message}`,
    cure: hint,
    ...(sql.length > 0 && { sql }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
