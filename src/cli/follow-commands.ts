import type { Command } from 'commander';
import type { TaskState } from '../domain/task.ts';
import type { TaskApi, TaskProgress } from '../task/task-api.ts';
import { EXIT } from './exit-codes.ts';
import { untilSignal } from './io.ts';
import { renderEvents, renderProgress } from './render.ts';
import { action, type Context, queryOf, type Session, taskPath } from './session.ts';

const POLL_MS = 1000;

interface EventOptions {
  readonly follow?: boolean;
  readonly after?: string;
  readonly limit?: string;
}

/** `task events | watch`. */
export function addFollowCommands(task: Command, session: Session): void {
  task
    .command('events')
    .description('list what happened to a task, oldest first')
    .argument('<id>', 'id or name')
    .option('--follow', 'go on with new events until Ctrl-C')
    .option('--after <event>', 'only events after this one')
    .option('--limit <count>', 'events per page')
    .action(action<EventOptions>(session, events));
  task
    .command('watch')
    .description('print the progress every second until the task ends or Ctrl-C')
    .argument('<id>', 'id or name')
    .action(action(session, watch));
}

/** With `--json` one page as it came; for people all pages. With `--follow` every page that holds something, one after the other. */
function events(context: Context<EventOptions>): Promise<number> {
  const { follow, limit } = context.options;
  return untilSignal(context.io.signals, async (aborted) => {
    for (let after = context.options.after; !aborted.aborted; ) {
      const path = taskPath(context.args[0]!, `/events${queryOf({ after, limit })}`);
      const answer = await context.client().get(path);
      const page = answer.body as ReturnType<TaskApi['events']>;
      if (page.items.length > 0 || !follow) context.print(answer, () => renderEvents(page.items));
      const last = page.items.at(-1);
      if (last) after = String(last.id);
      const isLastPage = page.nextCursor === null || last === undefined;
      if (!follow && (context.json || isLastPage)) return EXIT.done;
      if (isLastPage) await context.io.sleep(POLL_MS, aborted);
    }
    return EXIT.done;
  });
}

function watch(context: Context<unknown>): Promise<number> {
  return untilSignal(context.io.signals, async (aborted) => {
    while (!aborted.aborted) {
      const answer = await context.client().get(taskPath(context.args[0]!, '/progress'));
      const progress = answer.body as TaskProgress;
      context.print(answer, () => renderProgress(progress, new Date().toISOString().slice(11, 19)));
      if (progress.state === 'COMPLETED') return EXIT.done;
      if (hasFailed(progress.state)) return EXIT.failed;
      await context.io.sleep(POLL_MS, aborted);
    }
    return EXIT.done;
  });
}

/** States a task does not leave by itself. */
function hasFailed(state: TaskState): boolean {
  return state.endsWith('_FAILED');
}
