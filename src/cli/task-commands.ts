import type { Command } from 'commander';
import type { TaskApi, TaskView } from '../task/task-api.ts';
import { EXIT } from './exit-codes.ts';
import { renderTask, renderTasks } from './render.ts';
import { action, queryOf, type Session, taskPath } from './session.ts';
import { type PasswordOptions, readMapping, readPassword, withSourcePassword } from './spec-file.ts';
import { printable } from './text.ts';

/** `--set-password-from-env` and `--password-stdin`: secrets stay out of files and of the process list. */
export function addPasswordOptions(command: Command): Command {
  return command
    .option('--set-password-from-env <name>', 'take source.password from this environment variable')
    .option('--password-stdin', 'take source.password from standard input');
}

/** `task create | list | show | delete`. */
export function addTaskCommands(task: Command, session: Session): void {
  addCreate(task, session);
  task
    .command('list')
    .description('list tasks')
    .option('--state <state>', 'only tasks in this state')
    .option('--name <name>', 'only tasks whose name contains this, without case')
    .option('--limit <count>', 'tasks per page')
    .option('--cursor <cursor>', 'go on after this page')
    .action(
      action<{ state?: string; name?: string; limit?: string; cursor?: string }>(session, async (context) => {
        const { state, name, limit, cursor } = context.options;
        const answer = await context.client().get(`/tasks${queryOf({ state, name, limit, cursor })}`);
        const page = answer.body as ReturnType<TaskApi['list']>;
        const more = page.nextCursor === null ? '' : `more: --cursor ${printable(page.nextCursor)}\n`;
        context.print(answer, () => renderTasks(page.items) + more);
        return EXIT.done;
      }),
    );
  task
    .command('show')
    .description('show a task')
    .argument('<id>', 'id or name')
    .action(
      action(session, async (context) => {
        const answer = await context.client().get(taskPath(context.args[0]!));
        context.print(answer, () => renderTask(answer.body as TaskView));
        return EXIT.done;
      }),
    );
  addDelete(task, session);
}

function addCreate(task: Command, session: Session): void {
  const create = task
    .command('create')
    .description('create a task from a spec')
    .requiredOption('-f, --file <file>', 'spec as YAML or JSON; - reads standard input');
  addPasswordOptions(create).action(
    action<PasswordOptions & { file: string }>(session, async (context) => {
      const { io, options } = context;
      const password = await readPassword(io, options, options.file);
      const spec = withSourcePassword(await readMapping(io, options.file), password);
      const answer = await context.client().send('POST', '/tasks', spec);
      context.print(answer, () => renderTask(answer.body as TaskView));
      return EXIT.done;
    }),
  );
}

function addDelete(task: Command, session: Session): void {
  task
    .command('delete')
    .description('delete a task')
    .argument('<id>', 'id or name')
    .option('--force', 'also while it runs or its slot exists: stops it and drops the slot')
    .option('--abandon-slot', 'with --force: also when the slot cannot be dropped because the source is gone for good')
    .action(
      action<{ force?: boolean; abandonSlot?: boolean }>(session, async (context) => {
        const id = context.args[0]!;
        const force = context.options.force ? 'true' : undefined;
        const abandonSlot = context.options.abandonSlot ? 'true' : undefined;
        const answer = await context.client().send('DELETE', taskPath(id, queryOf({ force, abandonSlot })));
        context.print(answer, () => `deleted ${printable(id)}\n`);
        return EXIT.done;
      }),
    );
}
