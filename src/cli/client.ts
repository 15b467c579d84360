import { CdcError } from '../domain/errors.ts';
import type { CliIo } from './io.ts';

/** The longest a command may take on the service: a forced stop has 30 s of its own. */
const TIMEOUT_MS = 120_000;

export interface Answer {
  /** The body exactly as it came; empty for 204. */
  readonly text: string;
  readonly body: unknown;
}

/** Talks to `/api/v1` of a service. Errors: Refusal for every problem it answers, SERVICE_UNREACHABLE when there is no answer. */
export interface Client {
  get(path: string): Promise<Answer>;
  send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
}

/** A problem document as it came from the service; `text` is its exact form. */
export class Refusal extends Error {
  readonly status: number;
  readonly text: string;
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, text: string, problem: Readonly<Record<string, unknown>>) {
    super(typeof problem.detail === 'string' ? problem.detail : `the service answered ${status}`);
    this.status = status;
    this.text = text;
    this.problem = problem;
  }
}

export interface ClientOptions {
  readonly server: string;
  readonly token: string | undefined;
}

export function createClient(io: CliIo, options: ClientOptions): Client {
  const base = baseUrl(options.server);
  const headers = { accept: 'application/json', ...authorization(options.token) };
  const request = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const url = `${base}/api/v1${path}`;
    const response = await exchange(io, base, url, body === undefined ? init : withBody(init, body));
    return response.status < 400 ? readAnswer(response, base) : refuse(response);
  };
  return { get: (path) => request('GET', path), send: request };
}

function withBody(init: RequestInit & { headers: Record<string, string> }, body: unknown): RequestInit {
  return { ...init, headers: { ...init.headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function baseUrl(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return server.replace(/\/+$/, '');
  throw new CdcError('USAGE', `--server must be a URL like http://127.0.0.1:8600, got ${server}`);
}

function authorization(token: string | undefined): Record<string, string> {
  if (token === undefined || token === '') return {};
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new CdcError('USAGE', 'the token holds characters that a header cannot carry');
  return { authorization: `Bearer ${token}` };
}

async function exchange(
  io: CliIo,
  base: string,
  url: string,
  init: RequestInit,
): Promise<{ status: number; text: string }> {
  try {
    const response = await io.fetch(url, init);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CdcError('SERVICE_UNREACHABLE', `no Gausscast answers at ${base}`, { cause: error });
  }
}

function readAnswer(response: { text: string }, base: string): Answer {
  if (response.text === '') return { text: '', body: undefined };
  const body = parseJson(response.text);
  if (body === undefined) throw new CdcError('SERVICE_UNREACHABLE', `what answers at ${base} is not Gausscast`);
  return { text: response.text, body };
}

function refuse({ status, text }: { status: number; text: string }): never {
  const problem = parseJson(text);
  const isProblem = typeof problem === 'object' && problem !== null;
  throw new Refusal(status, text, isProblem ? (problem as Record<string, unknown>) : {});
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
