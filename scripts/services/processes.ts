import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process told apart from a later one with the same pid by the time it started. */
export type ProcessIdentity = { pid: number; startedAt: string };

export type Daemon = {
  command: string;
  args: string[];
  logFile: string;
  cwd?: string;
  owner?: { uid: number; gid: number };
};

const KILL_GRACE_MS = 5_000;
const LOG_TAIL_LINES = 25;

/** Identity of a running process; null when there is none (a zombie, which only waits to be reaped, counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = existsSync('/proc/self/stat') ? linuxStart(pid) : psStart(pid);
  return startedAt === null ? null : { pid, startedAt };
}

export function isRunning(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startedAt === process.startedAt;
}

function linuxStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command name (field 2) may hold spaces and parentheses; what follows its last ")" is fixed: state, …, start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${fields[19]}`;
  } catch {
    return null;
  }
}

function psStart(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** Starts a server in a process group of its own (a terminal's Ctrl-C does not reach it), output appended to its log file. */
export function spawnDaemon(daemon: Daemon): ChildProcess {
  const log = openSync(daemon.logFile, 'a', 0o600);
  try {
    return spawn(daemon.command, daemon.args, {
      detached: true,
      stdio: ['ignore', log, log],
      ...(daemon.cwd && { cwd: daemon.cwd }),
      ...daemon.owner,
    });
  } finally {
    closeSync(log);
  }
}

/** Sends the signal, waits for the end, and kills what is still there after `timeoutMs`. Quiet when it has already ended. */
export async function endProcess(target: ProcessIdentity, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (!isRunning(target)) return;
  process.kill(target.pid, signal);
  if (await ended(target, timeoutMs)) return;
  process.kill(target.pid, 'SIGKILL');
  if (!(await ended(target, KILL_GRACE_MS))) throw new Error(`process ${target.pid} does not end, not even by SIGKILL`);
}

async function ended(target: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(25)) {
    if (!isRunning(target)) return true;
  }
  return !isRunning(target);
}

/** Polls `ready` until it is true; throws with the log's tail when the process ends before that, or time runs out. */
export async function untilReady(
  name: string,
  target: ProcessIdentity,
  logFile: string,
  ready: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(50)) {
    if (!isRunning(target)) throw new Error(`${name} did not start. The end of its log:\n${logTail(logFile)}`);
    if (await ready()) return;
  }
  throw new Error(`${name} was not ready within ${timeoutMs / 1000} s. The end of its log:\n${logTail(logFile)}`);
}

export function logTail(logFile: string): string {
  if (!existsSync(logFile)) return '(no log)';
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}

/** The identity a server's folder keeps of its process, so that any later run can find and stop it. */
export function storeIdentity(file: string, target: ProcessIdentity): void {
  writeFileSync(file, `${JSON.stringify(target)}\n`, { mode: 0o600 });
}

/** The stored process if it still runs; null for a missing or stale file. */
export function storedProcess(file: string): ProcessIdentity | null {
  if (!existsSync(file)) return null;
  try {
    const target = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
    return isRunning(target) ? target : null;
  } catch {
    return null;
  }
}

/** Ends the process when this one exits in any way that Node sees; returns how to call that off. */
export function endWithUs(target: () => ProcessIdentity | null, signal: NodeJS.Signals): () => void {
  const hook = (): void => {
    const current = target();
    if (current && isRunning(current)) process.kill(current.pid, signal);
  };
  process.on('exit', hook);
  return () => process.off('exit', hook);
}
