import type {
  CheckView,
  CleanupResult,
  EventView,
  ForcedStopResult,
  ReportView,
  SlotView,
  TaskProgress,
  TaskView,
} from '../task/task-api.ts';
import { bytes, pairs, printable, table } from './text.ts';

/* What people see instead of the JSON. Every function gives text that ends with a line end. */

export function renderTasks(tasks: readonly TaskView[]): string {
  if (tasks.length === 0) return 'no tasks\n';
  const rows = tasks.map((task) => [task.id, task.name, task.state, task.lastError?.code, task.createdAt]);
  return table(['ID', 'NAME', 'STATE', 'ERROR', 'CREATED'], rows);
}

export function renderTask(task: TaskView): string {
  const error = task.lastError;
  const text = pairs([
    ['id', task.id],
    ['name', task.name],
    ['state', task.state],
    ['desired', task.desiredState],
    ['slot', task.slot],
    ['publication', task.publication ?? 'none'],
    ['precheck', task.precheckStatus],
    ['created', task.createdAt],
    ['updated', task.updatedAt],
    ['starts at', task.startAt],
    ['retry at', task.nextAttemptAt],
    ['error', error && `${error.message} (${error.code})`],
    ['cure', error?.hint],
    ['commands', task.allowedCommands?.join(', ')],
  ]);
  return text + renderSql(error?.sql ?? [], '');
}

export function renderReport(report: ReportView): string {
  return `precheck ${report.status}\n${renderChecks(report.checks)}`;
}

/** One line per check; cause, cure and SQL below those that did not pass. */
export function renderChecks(checks: readonly CheckView[]): string {
  const rows = checks.map((check) => {
    const head = `  ${check.status.padEnd(6)}  ${check.id}: ${printable(check.message)}\n`;
    const cause = check.cause ? `          cause: ${printable(check.cause)}\n` : '';
    const cure = check.cure ? `          cure: ${printable(check.cure)}\n` : '';
    return head + cause + cure + renderSql(check.sql ?? [], '          ');
  });
  return rows.join('');
}

export function renderSql(sql: readonly string[], indent: string): string {
  if (sql.length === 0) return '';
  const lines = sql.flatMap((statement) => printable(statement).split('\n'));
  return `${indent}SQL:\n${lines.map((line) => `${indent}  ${line}\n`).join('')}`;
}

export function renderEvents(events: readonly EventView[]): string {
  return events
    .map(
      (event) =>
        `${event.time}  ${event.level.padEnd(5)}  ${event.code}  ${printable(event.message)}  [${printable(event.actor)}]\n`,
    )
    .join('');
}

export function renderSlots(slots: readonly SlotView[]): string {
  if (slots.length === 0) return 'no slots\n';
  const rows = slots.map((slot) => {
    const active = slot.active ? `yes (${slot.pid ?? '?'})` : 'no';
    return [slot.node, slot.slot, slot.plugin, active, slot.owner, slot.confirmedLsn, bytes(slot.retainedWalBytes)];
  });
  return table(['NODE', 'SLOT', 'PLUGIN', 'ACTIVE', 'OWNER', 'CONFIRMED', 'WAL HELD'], rows);
}

/** `dryRun`: what would be dropped instead of what was. */
export function renderCleanup(result: CleanupResult, dryRun = false): string {
  const dropped = dryRun ? 'would drop' : 'dropped';
  const sessions = result.terminatedSessions.map(({ node, pid }) => `ended session ${pid} on ${printable(node)}\n`);
  const drops = result.droppedSlots.map(
    ({ node, slot }) => `${dropped} slot ${printable(slot)} on ${printable(node)}\n`,
  );
  const remaining = result.remainingSlots.map(
    ({ node, slot, reason, sql }) =>
      `slot ${printable(slot)} on ${printable(node)} remains: ${printable(reason)}\n${renderSql(sql, '  ')}`,
  );
  return [...sessions, ...drops, ...remaining].join('') || 'nothing to drop\n';
}

export function renderForcedStop(result: ForcedStopResult): string {
  return `${printable(result.task.name)} is ${result.task.state}\n${renderCleanup(result)}`;
}

/** One line: what `watch` prints every second. */
export function renderProgress(progress: TaskProgress, time: string): string {
  const lagBytes = sum(progress.streams.map((stream) => stream.lagBytes));
  const lagMs = Math.max(0, ...progress.streams.map((stream) => stream.lagMs ?? 0));
  const confirmed = progress.streams.map((stream) => stream.confirmedLsn ?? '-').join(' ');
  const { published, skipped } = progress.records;
  const records = `${published} records${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return `${time}  ${progress.state}  ${records}  lag ${bytes(lagBytes)}, ${lagMs} ms  confirmed ${confirmed || '-'}\n`;
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
