import type { Task } from './api-client.ts';
import { ID_TABLE, insertion } from './opengauss-changes.ts';
import { GAUSS_FORMATS, type GaussScenario } from './opengauss-scenario.ts';
import { fixedTopic } from './task-spec.ts';

/** A task that decodes in one of GAUSS_FORMATS, and its topic of one partition. */
export type FormatTask = Task & { readonly format: string; readonly topic: string };

export const TABLE = 'public.t';
/** Those with ways of their own to tell positions and batches. */
export const FORMATS = ['parallel-binary-batch', 'parallel-json', 'serial', 'pgoutput'] as const;

/** Makes `TABLE`, and runs a task that captures it for each of `formats`. `changes`: to the spec. */
export function runTasks(
  scenario: GaussScenario,
  formats: readonly string[] = FORMATS,
  changes: Record<string, unknown> = {},
): Promise<FormatTask[]> {
  scenario.server.table(TABLE, ID_TABLE);
  return Promise.all(
    formats.map(async (format) => {
      const topic = `${scenario.topic}-${format}`;
      const spec = scenario.spec([TABLE], {
        source: { decoding: GAUSS_FORMATS[format], heartbeat: { create: true } },
        routing: fixedTopic(topic, 1),
        retry: { initialDelayMs: 50, maxDelayMs: 200 },
        ...changes,
      });
      return { ...(await scenario.api.run(spec)), format, topic };
    }),
  );
}

/** Waits until Kafka has all that is committed, then stops the tasks. */
export async function finishTasks(scenario: GaussScenario, tasks: readonly Task[]): Promise<void> {
  await Promise.all(tasks.map(({ id }) => scenario.caughtUp(id)));
  await Promise.all(tasks.map(({ id }) => scenario.api.finish(id)));
}

export function insert(...ids: readonly number[]) {
  return insertion(TABLE, ids);
}

/** How many streams were asked for since the server began. */
export function streamsStarted({ server }: GaussScenario): number {
  return server.state.commands.filter((command) => command.startsWith('START_REPLICATION')).length;
}
