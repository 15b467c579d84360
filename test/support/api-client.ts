import { eventually } from './poll.ts';

/* Written from the contract alone, so that a change of the product's own types does not change what the tests expect. */

export type Task = {
  id: string;
  name: string;
  state: string;
  drsStatus: string;
  spec: Record<string, unknown>;
  createdAt: string;
  slot: string;
  publication: string;
  lastError: { code: string; message: string; hint: string } | null;
  allowedCommands: string[];
};

export type Check = {
  id: string;
  group: string;
  status: 'PASSED' | 'ALARM' | 'FAILED';
  message: string;
  cause?: string;
  cure?: string;
  sql?: string[];
};

export type Precheck = { status: string; startedAt: string; finishedAt: string | null; checks: Check[] };
export type SlotReference = { node: string; slot: string };

export type Cleanup = {
  terminatedSessions: { node: string; pid: number }[];
  droppedSlots: SlotReference[];
  remainingSlots: (SlotReference & { reason: string; sql: string[] })[];
};

export type Slot = { node: string; slot: string; plugin: string; active: boolean; pid: number | null; owner: string };

export type TaskEvent = {
  id: number;
  time: string;
  level: string;
  code: string;
  message: string;
  data: unknown;
  actor: string;
};

export type Stream = {
  node: string;
  slot: string;
  receivedLsn: string | null;
  acknowledgedLsn: string | null;
  confirmedLsn: string | null;
  serverLsn: string | null;
  lagBytes: number | null;
  lagMs: number | null;
  retainedWalBytes: number | null;
};

export type Progress = {
  state: string;
  streams: Stream[];
  tables: {
    schema: string;
    table: string;
    topic: string;
    inserted: number;
    updated: number;
    deleted: number;
    failed: number;
  }[];
  records: { published: number; bytes: number; skipped: number; deadLettered: number };
  since: string;
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  hint: string;
  instance: string;
  errors?: { path: string; code: string; message: string }[];
};

export type Answer<T> = { status: number; contentType: string; location: string | null; text: string; body: T };

const WAIT_MS = 60_000;

/** `/api/v1` of a service as a user's program sees it. The typed calls throw, with the answer, on any status but the right one. */
export class ApiClient {
  readonly #url: () => string;
  /** Every body that was answered, for tests that look for secrets. */
  readonly seen: string[] = [];

  constructor(url: () => string) {
    this.#url = url;
  }

  /** One request below /api/v1, whatever the status. `body` goes as JSON, unless it is a string: that goes as it is. */
  request<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.fetch(method, `/api/v1${path}`, body, headers);
  }

  /** One request to any path. */
  async fetch<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.#url()}${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.seen.push(text);
    const contentType = response.headers.get('content-type') ?? '';
    const parsed = contentType.includes('json') && text !== '' ? (JSON.parse(text) as T) : (undefined as T);
    return { status: response.status, contentType, location: response.headers.get('location'), text, body: parsed };
  }

  create(spec: unknown): Promise<Task> {
    return this.#call(201, 'POST', '/tasks', spec);
  }

  list(query = ''): Promise<{ items: Task[]; nextCursor: string | null }> {
    return this.#call(200, 'GET', `/tasks${query}`);
  }

  get(id: string): Promise<Task> {
    return this.#call(200, 'GET', `/tasks/${id}`);
  }

  patch(id: string, change: unknown): Promise<Task> {
    return this.#call(200, 'PATCH', `/tasks/${id}`, change);
  }

  async remove(id: string, options: { force?: boolean } = {}): Promise<void> {
    await this.#call(204, 'DELETE', `/tasks/${id}${options.force ? '?force=true' : ''}`);
  }

  /** Runs the precheck to its end. */
  async precheck(id: string): Promise<Precheck> {
    await this.#call(202, 'POST', `/tasks/${id}/precheck`);
    return eventually('the precheck to end', async () => {
      const report = await this.precheckReport(id);
      return report.status !== 'RUNNING' && report;
    });
  }

  precheckReport(id: string): Promise<Precheck> {
    return this.#call(200, 'GET', `/tasks/${id}/precheck`);
  }

  start(id: string, options: { startAt?: string; acceptAlarms?: boolean } = { acceptAlarms: true }): Promise<Task> {
    return this.#call(202, 'POST', `/tasks/${id}/start`, options);
  }

  /** Creates, prechecks and starts a task, alarms accepted, and waits until changes flow. */
  async run(spec: unknown): Promise<Task> {
    const { id } = await this.create(spec);
    const report = await this.precheck(id);
    if (report.status === 'FAILED') throw new Error(`the precheck failed: ${JSON.stringify(report.checks, null, 1)}`);
    await this.start(id);
    return this.waitFor(id, 'INCREMENTAL');
  }

  stop(id: string, options: { dropSlot?: boolean } = {}): Promise<Task> {
    return this.#call(202, 'POST', `/tasks/${id}/stop`, options);
  }

  /** Stops and waits for COMPLETED: everything committed before is in Kafka then. */
  async finish(id: string, options: { dropSlot?: boolean } = {}, timeoutMs = WAIT_MS): Promise<Task> {
    await this.stop(id, options);
    return this.waitFor(id, 'COMPLETED', timeoutMs);
  }

  forceStop(id: string, options: { dropSlot?: boolean } = {}): Promise<Cleanup & { task: Task }> {
    return this.#call(200, 'POST', `/tasks/${id}/stop`, { force: true, ...options });
  }

  progress(id: string): Promise<Progress> {
    return this.#call(200, 'GET', `/tasks/${id}/progress`);
  }

  async events(id: string): Promise<TaskEvent[]> {
    const all: TaskEvent[] = [];
    for (let after = ''; ; ) {
      const page = await this.#call<{ items: TaskEvent[]; nextCursor: string | null }>(
        200,
        'GET',
        `/tasks/${id}/events${after}`,
      );
      all.push(...page.items);
      if (page.nextCursor === null) return all;
      after = `?after=${page.nextCursor}`;
    }
  }

  async slots(id: string): Promise<Slot[]> {
    return (await this.#call<{ slots: Slot[] }>(200, 'GET', `/tasks/${id}/slots`)).slots;
  }

  cleanup(id: string, options: { dryRun?: boolean } = {}): Promise<Cleanup> {
    return this.#call(200, 'POST', `/tasks/${id}/slots/cleanup`, options);
  }

  /** Polls until the task is in (one of) these states; gives up at once when it ends in another failed state. */
  waitFor(id: string, states: string | readonly string[], timeoutMs = WAIT_MS): Promise<Task> {
    const wanted = typeof states === 'string' ? [states] : states;
    let last: Task | null = null;
    const reached = eventually(
      `task ${id} to be ${wanted.join(' or ')}`,
      async () => {
        last = await this.get(id);
        if (wanted.includes(last.state)) return last;
        if (last.state.endsWith('FAILED')) throw new Error('it failed');
        return false;
      },
      { timeoutMs },
    );
    return reached.catch((cause: Error) => {
      throw new Error(`${cause.message}; it is ${last?.state}: ${JSON.stringify(last?.lastError)}`, { cause });
    });
  }

  async #call<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request<T>(method, path, body);
    if (answer.status === status) return answer.body;
    throw new Error(`${method} ${path}: expected ${status}, got ${answer.status} ${answer.text}`);
  }
}
