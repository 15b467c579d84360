import { Command, CommanderError } from 'commander';
import { readVersion } from '../config/version.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, failureJson, failureText } from './failure.ts';
import { addFollowCommands } from './follow-commands.ts';
import type { CliIo } from './io.ts';
import { addLifecycleCommands } from './lifecycle-commands.ts';
import { addServeCommand } from './serve-command.ts';
import { DEFAULT_SERVER, type Session } from './session.ts';
import { addSlotCommands } from './slot-commands.ts';
import { addTaskCommands } from './task-commands.ts';
import type { Wiring } from './wiring.ts';

const EXAMPLES = `
Examples:
  gausscast serve --data-dir ./data
  gausscast task create -f orders.yaml --set-password-from-env CDC_PASSWORD
  gausscast task precheck orders-to-kafka --wait
  gausscast task start orders-to-kafka --accept-alarms
  gausscast task watch orders-to-kafka
  gausscast task stop orders-to-kafka --force
  gausscast slot cleanup --source orders.yaml --yes

Exit codes: 0 done, 1 failed, 2 usage, 3 refused by the state or a precheck, 4 not found, 5 service unreachable
`;

/** Runs one command line (without node and script) and gives the exit code. Never throws; never ends the process but by `io.exit`. */
export async function runCli(argv: readonly string[], io: CliIo, wiring: Wiring): Promise<number> {
  const session: Session = { io, wiring, exitCode: EXIT.done };
  const program = buildProgram(session);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    // commander has already printed its message, the help or the version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (program.opts().json === true) io.stdout(failureJson(error));
    else io.stderr(failureText(error));
    return exitCodeOf(error);
  }
}

function buildProgram(session: Session): Command {
  const { io } = session;
  const program = new Command('gausscast')
    .description('Publishes the row changes of GaussDB, openGauss and PostgreSQL to Kafka, as tasks.')
    .version(readVersion())
    .option('--server <url>', `service to talk to (GAUSSCAST_SERVER, default ${DEFAULT_SERVER})`)
    .option('--token <token>', 'access token (GAUSSCAST_TOKEN)')
    .option('--json', 'print exactly what REST answers, errors too')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .showHelpAfterError('See --help.')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  addServeCommand(program, session);
  const task = program.command('task').description('create, run and watch tasks');
  addTaskCommands(task, session);
  addLifecycleCommands(task, session);
  addFollowCommands(task, session);
  addSlotCommands(program, session);
  return program;
}
