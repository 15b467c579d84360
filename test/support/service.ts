import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ApiClient } from './api-client.ts';

export type ServiceOptions = {
  /** Kept by the caller; without it a temporary one is made and removed. */
  dataDir?: string;
  port?: number;
  env?: Record<string, string>;
  args?: readonly string[];
};

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** GAUSSCAST_TEST_MAIN: another build, an installed package for one. */
export const MAIN = process.env.GAUSSCAST_TEST_MAIN || join(import.meta.dirname, '..', '..', 'dist', 'main.js');

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
const LISTENING = /listening on (http:\/\/[^"\s]+)/;

/** The built service as a process of its own: what a user starts by `gausscast serve`. */
export class Service implements AsyncDisposable {
  readonly dataDir: string;
  /** Lines of stdout and stderr of all its lives. */
  readonly logs: string[] = [];
  readonly api = new ApiClient(() => this.url);
  readonly #options: ServiceOptions;
  #child: ChildProcess | null = null;
  #url = '';

  private constructor(dataDir: string, options: ServiceOptions) {
    this.dataDir = dataDir;
    this.#options = options;
  }

  static async start(options: ServiceOptions = {}): Promise<Service> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'gausscast-e2e-')));
    const service = new Service(dataDir, options);
    try {
      await service.restart();
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return this.#url;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it again on the same data folder, after kill9() or terminate(). */
  async restart(): Promise<void> {
    if (this.isRunning) throw new Error('the service still runs');
    const args = [MAIN, 'serve', '--port', String(this.#options.port ?? 0), '--data-dir', this.dataDir];
    const child = spawn(process.execPath, [...args, ...(this.#options.args ?? [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), ...this.#options.env },
    });
    this.#child = child;
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    this.#url = await this.#listening(child);
  }

  /** SIGKILL, as a crash; returns when the process is gone. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM; returns how it ended. */
  async terminate(timeoutMs = STOP_TIMEOUT_MS): Promise<Exit> {
    return this.#end('SIGTERM', timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.kill9();
    if (this.#options.dataDir === undefined && existsSync(this.dataDir)) {
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  #listening(child: ChildProcess): Promise<string> {
    const from = this.logs.length;
    return new Promise((resolve, reject) => {
      const tail = () => this.logs.slice(from).slice(-20).join('\n');
      const fail = (why: string) => reject(new Error(`the service ${why}. Its log:\n${tail()}`));
      const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.logs.push(line);
          const url = LISTENING.exec(line)?.[1];
          if (url === undefined) return;
          clearTimeout(timer);
          resolve(url);
        });
      }
      child.once('error', (error) => fail(`could not be started: ${error.message}`));
      child.once('close', (code, signal) => {
        clearTimeout(timer);
        fail(`ended by ${signal ?? code} before it listened`);
      });
    });
  }

  async #end(signal: NodeJS.Signals, timeoutMs = STOP_TIMEOUT_MS): Promise<Exit> {
    const child = this.#child;
    if (child === null || !this.isRunning) throw new Error('the service does not run');
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(timeoutMs) });
    child.kill(signal);
    const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
    return { code, signal: by };
  }
}

/** Settings of whoever runs the tests must not reach the service. */
export function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) => !name.startsWith('GAUSSCAST_') && value !== undefined,
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
