import { CdcError } from '../domain/errors.ts';
import type { CheckStatus } from '../domain/task.ts';
import type { StoredTask } from '../store/store.ts';
import { commandState } from './machine.ts';
import { checkView } from './task-view.ts';

/**
 * Whether a task may start. A precheck of the present spec is needed (a change of the spec removes the report):
 *  - none, or not finished   PRECHECK_REQUIRED
 *  - FAILED                  PRECHECK_FAILED with the failed checks in `data.checks`
 *  - ALARM, not accepted     PRECHECK_ALARMS with the alarms in `data.alarms`
 * Any other state that does not take a start is ILLEGAL_STATE.
 */
export function assertStartable(task: StoredTask, acceptAlarms: boolean): void {
  const isBeforePrecheck = task.state === 'CONFIGURATION' || task.state === 'PRECHECKING';
  if (!isBeforePrecheck) commandState(task.state, 'start');
  const status = task.precheck?.status;
  if (status === undefined)
    throw new CdcError('PRECHECK_REQUIRED', `task ${task.name} has no precheck of its present spec`);
  if (status === 'RUNNING') {
    throw new CdcError('PRECHECK_REQUIRED', 'the precheck is still running', { hint: 'Wait until it has finished.' });
  }
  if (status === 'FAILED') {
    const checks = checksWith(task, 'FAILED');
    throw new CdcError('PRECHECK_FAILED', `the precheck failed: ${idsOf(checks)}`, { data: { checks } });
  }
  if (status === 'ALARM' && !acceptAlarms) {
    const alarms = checksWith(task, 'ALARM');
    throw new CdcError('PRECHECK_ALARMS', `the precheck raised alarms: ${idsOf(alarms)}`, { data: { alarms } });
  }
  commandState(task.state, 'start');
}

function checksWith(task: StoredTask, status: CheckStatus) {
  return (task.precheck?.checks ?? []).filter((check) => check.status === status).map(checkView);
}

function idsOf(checks: readonly { readonly id: string }[]): string {
  return [...new Set(checks.map((check) => check.id))].join(', ');
}

/** A planned start as Unix ms; null: now. Errors: REQUEST_INVALID. */
export function parseStartAt(startAt: string | undefined, nowMs: number): number | null {
  if (startAt === undefined) return null;
  const at = Date.parse(startAt);
  if (Number.isNaN(at)) {
    const message = 'expected ISO 8601 with time zone, like 2026-01-31T08:00:00Z';
    throw new CdcError('REQUEST_INVALID', `startAt: ${message}`, {
      fields: [{ path: 'startAt', code: 'invalid', message }],
    });
  }
  return at > nowMs ? at : null;
}
