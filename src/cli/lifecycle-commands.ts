import type { Command } from 'commander';
import type { ForcedStopResult, ReportView, TaskView } from '../task/task-api.ts';
import type { Answer } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { untilSignal } from './io.ts';
import { renderForcedStop, renderReport } from './render.ts';
import { action, type Context, type Session, taskPath } from './session.ts';
import { printable } from './text.ts';

const POLL_MS = 500;

/** `task precheck | start | stop`. */
export function addLifecycleCommands(task: Command, session: Session): void {
  task
    .command('precheck')
    .description('check source, target and objects')
    .argument('<id>', 'id or name')
    .option('--wait', 'wait for the report; exit code 3 when it is FAILED')
    .action(action<{ wait?: boolean }>(session, precheck));
  task
    .command('start')
    .description('start a task')
    .argument('<id>', 'id or name')
    .option('--at <time>', 'start at this time, ISO 8601 with time zone')
    .option('--accept-alarms', 'start although the precheck ended with alarms')
    .action(
      action<{ at?: string; acceptAlarms?: boolean }>(session, async (context) => {
        const { at, acceptAlarms } = context.options;
        const body = { ...(at !== undefined && { startAt: at }), ...(acceptAlarms && { acceptAlarms }) };
        const answer = await context.client().send('POST', taskPath(context.args[0]!, '/start'), body);
        context.print(answer, () => stateLine(answer));
        return EXIT.done;
      }),
    );
  task
    .command('stop')
    .description('publish what was committed so far, then end and drop the slot')
    .argument('<id>', 'id or name')
    .option('--force', 'end at once, also the session that reads the slot')
    .option('--keep-slot', 'do not drop the slot')
    .action(action<{ force?: boolean; keepSlot?: boolean }>(session, stop));
}

async function precheck(context: Context<{ wait?: boolean }>): Promise<number> {
  const path = taskPath(context.args[0]!, '/precheck');
  const first = await context.client().send('POST', path);
  const answer = context.options.wait ? await waitForReport(context, path) : first;
  if (answer === null) return EXIT.interrupted;
  const report = answer.body as ReportView;
  context.print(answer, () => renderReport(report));
  return context.options.wait && report.status === 'FAILED' ? EXIT.refused : EXIT.done;
}

/** Null when a signal ended the waiting. */
function waitForReport(context: Context<unknown>, path: string): Promise<Answer | null> {
  return untilSignal(context.io.signals, async (aborted) => {
    while (!aborted.aborted) {
      const answer = await context.client().get(path);
      if ((answer.body as ReportView).status !== 'RUNNING') return answer;
      await context.io.sleep(POLL_MS, aborted);
    }
    return null;
  });
}

async function stop(context: Context<{ force?: boolean; keepSlot?: boolean }>): Promise<number> {
  const { force, keepSlot } = context.options;
  const body = { ...(force && { force }), ...(keepSlot && { dropSlot: false }) };
  const answer = await context.client().send('POST', taskPath(context.args[0]!, '/stop'), body);
  if (!force) {
    context.print(answer, () => stateLine(answer));
    return EXIT.done;
  }
  const result = answer.body as ForcedStopResult;
  context.print(answer, () => renderForcedStop(result));
  return result.remainingSlots.length > 0 && !keepSlot ? EXIT.failed : EXIT.done;
}

function stateLine(answer: Answer): string {
  const task = answer.body as TaskView;
  const planned = task.startAt && task.state === 'PENDING_START' ? `, starts at ${task.startAt}` : '';
  return `${printable(task.name)} is ${task.state}${planned}\n`;
}
