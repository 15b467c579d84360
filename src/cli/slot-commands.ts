import type { Command } from 'commander';
import { CdcError } from '../domain/errors.ts';
import type { CleanupResult, SlotView } from '../task/task-api.ts';
import type { Answer } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { renderCleanup, renderSlots } from './render.ts';
import { action, type Context, type Session, taskPath } from './session.ts';
import type { SlotSource } from './slot-source.ts';
import type { PasswordOptions } from './spec-file.ts';
import { addPasswordOptions } from './task-commands.ts';

interface SlotOptions extends PasswordOptions {
  readonly task?: string;
  readonly source?: string;
  readonly dataDir?: string;
  readonly yes?: boolean;
}

/** `slot list | drop | cleanup`, through the service with `--task`, or straight on the database with `--source`. */
export function addSlotCommands(program: Command, session: Session): void {
  const slot = program.command('slot').description('show and drop replication slots on a source');
  const command = (name: string, description: string) =>
    addPasswordOptions(slot.command(name).description(description))
      .option('--task <id>', 'the source of this task, through the service')
      .option('--source <file>', 'a spec or its source block; needs no running service');
  command('list', 'list the slots').action(action<SlotOptions>(session, (context) => list(context, session)));
  command('drop', 'drop one inactive slot by its name')
    .argument('<name>', 'name of the slot')
    .action(action<SlotOptions>(session, (context) => drop(context, session)));
  command('cleanup', 'list slots that no task uses any more; drop them with --yes')
    .option('--yes', 'drop them')
    .option('--data-dir <dir>', 'with --source: only slots of the installation with this data folder')
    .action(action<SlotOptions>(session, (context) => cleanup(context, session)));
}

async function list(context: Context<SlotOptions>, session: Session): Promise<number> {
  const answer = await overTaskOrSource(context, session, {
    task: (id) => context.client().get(taskPath(id, '/slots')),
    source: async (source) => ({ slots: await source.list() }),
  });
  const { slots } = answer.body as { slots: SlotView[] };
  context.print(answer, () => renderSlots(slots));
  return EXIT.done;
}

async function drop(context: Context<SlotOptions>, session: Session): Promise<number> {
  const name = context.args[0]!;
  const answer = await overTaskOrSource(context, session, {
    task: (id) => context.client().send('DELETE', taskPath(id, `/slots/${encodeURIComponent(name)}`)),
    source: (source) => source.drop(name),
  });
  return printCleanup(context, answer, false);
}

async function cleanup(context: Context<SlotOptions>, session: Session): Promise<number> {
  const yes = context.options.yes === true;
  const answer = await overTaskOrSource(context, session, {
    task: (id) => context.client().send('POST', taskPath(id, '/slots/cleanup'), { dryRun: !yes }),
    source: (source) => source.cleanup(yes, context.options.dataDir),
  });
  return printCleanup(context, answer, !yes);
}

function printCleanup(context: Context<SlotOptions>, answer: Answer, dryRun: boolean): number {
  const result = answer.body as CleanupResult;
  const more = dryRun && result.droppedSlots.length > 0 ? 'nothing was dropped: repeat with --yes\n' : '';
  context.print(answer, () => renderCleanup(result, dryRun) + more);
  return result.remainingSlots.length > 0 && !dryRun ? EXIT.failed : EXIT.done;
}

interface Ways {
  readonly task: (id: string) => Promise<Answer>;
  readonly source: (source: SlotSource) => Promise<unknown>;
}

/** Asks the service or the database, whichever the options name; both give the same JSON. */
async function overTaskOrSource(context: Context<SlotOptions>, session: Session, ways: Ways): Promise<Answer> {
  const { task, source, dataDir } = context.options;
  if ((task === undefined) === (source === undefined)) {
    throw new CdcError('USAGE', 'give either --task ID or --source FILE');
  }
  if (task !== undefined && dataDir !== undefined) throw new CdcError('USAGE', '--data-dir goes with --source');
  if (task !== undefined) return ways.task(task);
  const { openSlotSource } = await import('./slot-source.ts');
  const body = await ways.source(await openSlotSource(context.io, session.wiring, source!, context.options));
  return { text: JSON.stringify(body), body };
}
