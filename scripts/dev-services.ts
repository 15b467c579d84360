import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { down, servicesFile, status, up } from './services/dev.ts';

/** `npm run services -- up | down | status`: a real PostgreSQL and a real Kafka for development, tests and the benchmark. */
const DEFAULT_DIR = join(import.meta.dirname, '..', '.dev');

const say = (text: string) => process.stdout.write(`${text}\n`);

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535');
  return port;
}

type UpFlags = { dir: string; pgPort?: number; kafkaPort?: number };

async function runUp(flags: UpFlags): Promise<void> {
  const ports = {
    ...(flags.pgPort && { postgresPort: flags.pgPort }),
    ...(flags.kafkaPort && { kafkaPort: flags.kafkaPort }),
  };
  const { postgres, kafka } = await up({ dir: flags.dir, ...ports });
  say(`PostgreSQL ${postgres.host}:${postgres.port} user ${postgres.user} (pid ${postgres.pid}, ${postgres.binDir})`);
  say(`Kafka      ${kafka.bootstrap} (pid ${kafka.pid})`);
  say(`Logins are in ${servicesFile(flags.dir)}`);
}

async function runDown(flags: { dir: string }): Promise<void> {
  const ran = await down(flags.dir);
  say(`PostgreSQL ${ran.postgres ? 'stopped' : 'was not running'}`);
  say(`Kafka      ${ran.kafka ? 'stopped' : 'was not running'}`);
}

function runStatus(flags: { dir: string }): void {
  const { services, postgresPid, kafkaPid } = status(flags.dir);
  say(
    `PostgreSQL ${postgresPid ? `running, pid ${postgresPid}, port ${services?.postgres.port ?? 'unknown'}` : 'not running'}`,
  );
  say(
    `Kafka      ${kafkaPid ? `running, pid ${kafkaPid}, bootstrap ${services?.kafka.bootstrap ?? 'unknown'}` : 'not running'}`,
  );
  if (!postgresPid || !kafkaPid) process.exitCode = 1;
}

const program = new Command('dev-services').description(
  'Real PostgreSQL and Kafka on this machine, in the background.',
);
const folder = ['--dir <folder>', 'where data, logs and services.json are', DEFAULT_DIR] as const;
program
  .command('up')
  .option(...folder)
  .option('--pg-port <port>', 'port of PostgreSQL (default: a free one)', portNumber)
  .option('--kafka-port <port>', 'port of Kafka (default: a free one)', portNumber)
  .action(runUp);
program
  .command('down')
  .option(...folder)
  .action(runDown);
program
  .command('status')
  .option(...folder)
  .action(runStatus);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
