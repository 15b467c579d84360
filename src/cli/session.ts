import type { Command, OptionValues } from 'commander';
import { type Answer, type Client, createClient } from './client.ts';
import type { CliIo } from './io.ts';
import type { Wiring } from './wiring.ts';

export const DEFAULT_SERVER = 'http://127.0.0.1:8600';

/** One run of the CLI. */
export interface Session {
  readonly io: CliIo;
  readonly wiring: Wiring;
  /** Set by the command that ran. */
  exitCode: number;
}

/** What a command gets: its arguments and options, and how to ask and to print. */
export interface Context<Options> {
  readonly io: CliIo;
  readonly args: readonly string[];
  readonly options: Options;
  readonly json: boolean;
  /** Made when first used: commands on a source file need no service, so a bad `--server` is no matter to them. */
  client(): Client;
  /** Prints the answer as it is with `--json`, else as `human` puts it. */
  print(answer: Answer, human: () => string): void;
}

/** Turns a command's work into a commander action; what it returns becomes the exit code. */
export function action<Options extends OptionValues>(
  session: Session,
  work: (context: Context<Options>) => Promise<number>,
): (...parameters: unknown[]) => Promise<void> {
  return async (...parameters) => {
    session.exitCode = await work(contextOf<Options>(session, parameters.at(-1) as Command));
  };
}

function contextOf<Options extends OptionValues>(session: Session, command: Command): Context<Options> {
  const { io } = session;
  const options = command.optsWithGlobals<Options & { server?: string; token?: string; json?: boolean }>();
  const json = options.json === true;
  return {
    io,
    args: command.args,
    options,
    json,
    client: () =>
      createClient(io, {
        server: options.server ?? (io.env.GAUSSCAST_SERVER || DEFAULT_SERVER),
        token: options.token ?? io.env.GAUSSCAST_TOKEN,
      }),
    print: (answer, human) => io.stdout(json ? jsonLine(answer) : human()),
  };
}

function jsonLine(answer: Answer): string {
  return answer.text === '' ? '' : `${answer.text}\n`;
}

/** The path of a task under `/api/v1`; ids and names are encoded. */
export function taskPath(id: string, rest = ''): string {
  return `/tasks/${encodeURIComponent(id)}${rest}`;
}

/** `?a=1&b=2` from the members that are set; empty when none is. */
export function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
}
