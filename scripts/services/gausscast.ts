import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithUs, identify } from './processes.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const WAIT_MS = 600_000;

export interface TaskAnswer {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly lastError: { readonly message: string } | null;
}

export interface PrecheckAnswer {
  readonly status: string;
  readonly checks: readonly { readonly id: string; readonly status: string; readonly message: string }[];
}

/** The built service as a process of its own, driven over REST as a user would. */
export class GausscastProcess {
  readonly url: string;
  readonly pid: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#process = child;
    this.pid = child.pid!;
    this.url = url;
  }

  /** Starts `gausscast serve` on a free port and waits until it listens. */
  static async start(dataDir: string): Promise<GausscastProcess> {
    const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--data-dir', dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Its own group: Ctrl-C reaches the parent alone, which then stops things in order.
      detached: true,
    });
    child.once(
      'exit',
      endWithUs(() => identify(child.pid ?? -1), 'SIGKILL'),
    );
    for await (const line of createInterface({ input: child.stdout! })) {
      const match = /listening on (http:\/\/[^"\s]+)/.exec(line);
      if (!match) continue;
      child.stdout!.resume();
      return new GausscastProcess(child, match[1]!);
    }
    throw new Error(`gausscast serve ended with code ${child.exitCode} before it listened`);
  }

  /** Runs the precheck to its end and returns its lines; throws when a check failed. */
  async precheck(id: string): Promise<PrecheckAnswer['checks']> {
    await this.call('POST', `/tasks/${id}/precheck`);
    const report = await this.until<PrecheckAnswer>(`/tasks/${id}/precheck`, ({ status }) => status !== 'RUNNING');
    if (report.status === 'FAILED') throw new Error(`precheck failed: ${JSON.stringify(report.checks, null, 2)}`);
    return report.checks;
  }

  /** Starts the task, alarms accepted, and waits until changes flow. */
  async startTask(id: string): Promise<void> {
    await this.call('POST', `/tasks/${id}/start`, { acceptAlarms: true });
    await this.streaming(id);
  }

  /** Waits until changes flow. */
  async streaming(id: string): Promise<void> {
    const task = await this.until<TaskAnswer>(
      `/tasks/${id}`,
      ({ state }) => state === 'INCREMENTAL' || state.endsWith('FAILED'),
    );
    if (task.state !== 'INCREMENTAL') throw new Error(`task is ${task.state}: ${task.lastError?.message}`);
  }

  /** Asks again and again until the answer will do. */
  async until<T>(path: string, isDone: (answer: T) => boolean, everyMs = 100): Promise<T> {
    for (const deadline = Date.now() + WAIT_MS; ; ) {
      const answer = await this.call<T>('GET', path);
      if (isDone(answer)) return answer;
      if (Date.now() > deadline) throw new Error(`${path} did not come to an end: ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** One request below /api/v1; throws on any status but 2xx. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return (answer === '' ? undefined : JSON.parse(answer)) as T;
  }

  /** SIGTERM, then waits for the exit. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
  }
}
