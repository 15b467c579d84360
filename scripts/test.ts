import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { down, servicesFile, up } from './services/dev.ts';
import { type Tally, tally } from './test-report.ts';

/**
 * `npm test [-- vitest arguments]`: build, lint, types, then unit, contract and end-to-end tests on real servers, which are always
 * stopped. `--project unit` and file patterns go to vitest; servers are started unless only unit tests are asked for. The last line
 * is `N passed, N failed`, where a failed build, lint or type check counts as one failure.
 */
const ROOT = join(import.meta.dirname, '..');
const SIGNAL_EXIT = 128;

const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);
const CHECKS: readonly { name: string; command: string; args: string[] }[] = [
  { name: 'build', command: 'npm', args: ['run', '--silent', 'build'] },
  { name: 'lint', command: bin('biome'), args: ['ci'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
];

let child: ChildProcess | null = null;
let interrupted: NodeJS.Signals | null = null;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = signal;
    child?.kill(signal);
  });
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs a command on our terminal; gives its exit code. */
async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  if (interrupted) return SIGNAL_EXIT;
  child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  child = null;
  return code ?? SIGNAL_EXIT;
}

/** Names of `--project` options; empty when all projects run. */
function projects(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (arg.startsWith('--project=')) return [arg.slice('--project='.length)];
    return arg === '--project' ? [args[index + 1] ?? ''] : [];
  });
}

async function runChecks(): Promise<Tally> {
  const failures: string[] = [];
  for (const check of CHECKS) {
    say(`\n── ${check.name}`);
    if ((await run(check.command, check.args)) !== 0) failures.push(check.name);
  }
  return { passed: 0, failed: failures.length, notes: failures.map((name) => `${name} failed`) };
}

async function runTests(folder: string, args: readonly string[]): Promise<Tally> {
  const reportFile = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const env = { ...process.env, GAUSSCAST_TEST_SERVICES: servicesFile(folder) };
  const exitCode = await run(bin('vitest'), ['run', ...reporters, ...args], env);
  const filtered = args.some((arg) => /^(-t|--testNamePattern)/.test(arg));
  return tally({ reportFile, exitCode, filtered });
}

async function testOnServers(args: readonly string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'gausscast-tests-'));
  const asked = projects(args);
  const needsServers = asked.length === 0 || asked.some((project) => project !== 'unit');
  try {
    if (needsServers && !interrupted) {
      say('\n── servers');
      const { postgres, kafka } = await up({ dir: folder });
      say(`PostgreSQL on port ${postgres.port}, Kafka on ${kafka.bootstrap}`);
    }
    return await runTests(folder, args);
  } finally {
    await down(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function attempt(step: () => Promise<Tally>): Promise<Tally> {
  try {
    return await step();
  } catch (error) {
    return { passed: 0, failed: 1, notes: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}

const args = process.argv.slice(2);
const parts = [await attempt(runChecks), await attempt(() => testOnServers(args))];
const notes = parts.flatMap((part) => part.notes);
if (interrupted) notes.push(`ended by ${interrupted}`);
const failed = parts.reduce((sum, part) => sum + part.failed, 0);
for (const note of notes) say(`FAILED: ${note}`);
say(`${parts.reduce((sum, part) => sum + part.passed, 0)} passed, ${failed} failed`);
process.exitCode = failed > 0 || interrupted ? 1 : 0;
