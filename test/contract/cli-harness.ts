import { EventEmitter } from 'node:events';
import type { InjectOptions } from 'fastify';
import type { CliIo } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/run.ts';
import type { Wiring } from '../../src/cli/wiring.ts';
import type { Call, Overrides } from './api-fake-tasks.ts';
import { openApi } from './api-harness.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly tasks?: Overrides;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly wiring?: Partial<Wiring>;
  /** Called at every wait of a polling command; may raise a signal. */
  readonly onSleep?: (signals: EventEmitter) => void;
  /** Replaces the service, which otherwise is the real server over a fake task service. */
  readonly fetch?: CliIo['fetch'];
}

export interface Cli {
  readonly calls: Call[];
  readonly requests: { readonly url: string; readonly headers: Headers }[];
  run(...argv: string[]): Promise<Outcome>;
}

const unexpected = () => Promise.reject(new Error('not part of this test'));

/** The CLI in this process, talking to the real HTTP server by injection: no port, no process start. */
export async function openCli(options: CliOptions = {}): Promise<Cli> {
  const { server, calls } = await openApi(options.tasks ? { tasks: options.tasks } : {});
  const requests: Cli['requests'] = [];
  const inject: CliIo['fetch'] = async (url, init) => {
    const headers = new Headers(init.headers);
    requests.push({ url, headers });
    const request: InjectOptions = {
      method: init.method as 'GET',
      url: new URL(url).pathname + new URL(url).search,
      headers: Object.fromEntries(headers),
      ...(typeof init.body === 'string' && { payload: init.body }),
    };
    const { statusCode, body } = await server.inject(request);
    return new Response(statusCode === 204 ? null : body, { status: statusCode });
  };
  const run: Cli['run'] = async (...argv) => {
    const out: string[] = [];
    const err: string[] = [];
    const signals = new EventEmitter();
    const io: CliIo = {
      env: options.env ?? {},
      stdout: (text) => void out.push(text),
      stderr: (text) => void err.push(text),
      isTerminal: false,
      readStdin: async () => options.stdin ?? '',
      readFile: (path) => fileText(options, path),
      fetch: options.fetch ?? inject,
      signals,
      sleep: async () => options.onSleep?.(signals),
      exit: () => undefined,
    };
    const wiring = { serve: unexpected, sourceDriver: unexpected, readInstallationId: unexpected, ...options.wiring };
    const code = await runCli(argv, io, wiring);
    return { code, stdout: out.join(''), stderr: err.join('') };
  };
  return { calls, requests, run };
}

function fileText(options: CliOptions, path: string): string {
  const text = options.files?.[path];
  if (text === undefined) throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
  return text;
}
