import type { CheckResult, PrecheckReport } from '../domain/task.ts';
import type { Store, StoredEvent, StoredTask } from '../store/store.ts';
import { allowedCommands, drsStatus } from './machine.ts';
import { redactSpec } from './redact.ts';
import { namesOf } from './service-deps.ts';
import type { TaskSpec } from './spec.ts';
import type { CheckView, EventView, ReportView, TaskView } from './task-api.ts';

/** A task as REST shows it, without secrets. */
export function taskView(store: Store, task: StoredTask): TaskView {
  // Not parsed by the schema: a page of tasks must stay cheap, and a task whose spec is refused by now must be seen too.
  const spec = JSON.parse(task.spec) as TaskSpec;
  const { slot, publication } = namesOf(store, task, spec.source);
  return {
    id: task.id,
    name: task.name,
    state: task.state,
    drsStatus: drsStatus(task.state),
    desiredState: task.desired,
    spec: redactSpec(spec),
    createdAt: task.createdAt,
    updatedAt: task.updatedAt,
    startAt: task.startAt,
    slot,
    publication,
    precheckStatus: task.precheck?.status ?? null,
    lastError: task.lastError,
    attempts: task.attempts,
    nextAttemptAt: task.nextAttemptAt,
    allowedCommands: allowedCommands(task.state),
  };
}

export function checkView({ id, group, status, message, cause, cure, sql }: CheckResult): CheckView {
  return { id, group, status, message, cause: cause ?? null, cure: cure ?? null, sql: sql ?? [] };
}

export function reportView(report: PrecheckReport): ReportView {
  return { ...report, checks: report.checks.map(checkView) };
}

export function eventView(event: StoredEvent): EventView {
  const { id, time, level, code, message, data, actor } = event;
  return { id, time, level, code, message, data: data ?? {}, actor };
}
