import { asCdcError } from '../domain/errors.ts';
import { parseLsn } from '../domain/lsn.ts';
import type { Store, StoredTask } from '../store/store.ts';
import { DEFAULT_NODE } from './names.ts';
import { openStream } from './open-stream.ts';
import { Resources } from './resources.ts';
import { RunTotals } from './run-totals.ts';
import type { RunningStream } from './running-stream.ts';
import type { TaskSpec } from './spec.ts';
import type { RunnerDeps, RunnerEnd, RunnerHooks, RunnerStatus, TaskRunner } from './stream-runner.ts';
import { storedPosition } from './task-progress.ts';

const TOTALS_INTERVAL_MS = 10_000;

/** Makes runners for the supervisor: each is one session of one task. */
export function createRunnerFactory(deps: RunnerDeps) {
  return (task: StoredTask, spec: TaskSpec, hooks: RunnerHooks): TaskRunner =>
    new SessionRunner(deps, task, spec, hooks);
}

class SessionRunner implements TaskRunner {
  readonly ended: Promise<RunnerEnd>;
  readonly #deps: RunnerDeps;
  readonly #task: StoredTask;
  readonly #resources = new Resources();
  #stream: RunningStream | null = null;
  #phase: RunnerStatus['phase'] = 'starting';
  #stopAt: string | null = null;
  #settle: (end: RunnerEnd) => void = () => undefined;
  #cancelTotals: () => void = () => undefined;
  #cancelShutdown: () => void = () => undefined;

  constructor(deps: RunnerDeps, task: StoredTask, spec: TaskSpec, hooks: RunnerHooks) {
    this.#deps = deps;
    this.#task = task;
    const outcome = new Promise<RunnerEnd>((resolve) => {
      this.#settle = resolve;
    });
    this.ended = this.#run(spec, hooks, outcome);
  }

  status(): RunnerStatus {
    return this.#stream?.status(this.#phase) ?? storedStatus(this.#phase, this.#task, this.#deps.store);
  }

  drain(untilLsn: Readonly<Record<string, string>>): void {
    const until = untilLsn[DEFAULT_NODE];
    if (until === undefined || this.#phase === 'ended') return;
    this.#stopAt = until;
    if (this.#stream === null) return;
    this.#phase = 'draining';
    this.#stream.pipeline.stopAt(parseLsn(until));
  }

  shutdown(timeoutMs: number): void {
    if (this.#stream === null) {
      this.#settle({ kind: 'suspended' });
      return;
    }
    this.#phase = 'draining';
    this.#stopAt = null;
    this.#stream.pipeline.stopReading();
    this.#cancelShutdown = this.#deps.setTimer(() => this.#settle({ kind: 'suspended' }), timeoutMs);
  }

  abort(): void {
    this.#settle({ kind: 'aborted' });
  }

  async #run(spec: TaskSpec, hooks: RunnerHooks, outcome: Promise<RunnerEnd>): Promise<RunnerEnd> {
    const started = this.#start(spec, hooks).catch((error: unknown) =>
      this.#settle({ kind: 'failed', error: asCdcError(error) }),
    );
    const end = await outcome;
    this.#phase = 'ended';
    this.#cancelTotals();
    this.#cancelShutdown();
    return this.#finish(end, started);
  }

  async #start(spec: TaskSpec, hooks: RunnerHooks): Promise<void> {
    const stream = await openStream({
      ...this.#deps,
      task: this.#task,
      spec,
      node: DEFAULT_NODE,
      resources: this.#resources,
      event: hooks.event,
      failed: (error) => this.#settle({ kind: 'failed', error }),
      drained: () => this.#settle(this.#stopAt === null ? { kind: 'suspended' } : { kind: 'drained' }),
    });
    this.#stream = stream;
    this.#phase = 'streaming';
    hooks.streaming();
    this.#saveTotalsRegularly();
    stream.begin();
    if (this.#stopAt !== null) this.drain({ [DEFAULT_NODE]: this.#stopAt });
  }

  /** What is acknowledged is stored before the connections close, so that the next session repeats as little as can be. */
  async #finish(end: RunnerEnd, started: Promise<void>): Promise<RunnerEnd> {
    try {
      if (end.kind === 'suspended' || end.kind === 'failed') this.#stream?.storePosition();
      this.#stream?.saveTotals();
    } catch (error) {
      // The failure that ended the session says more than one of the store that followed from it.
      return end.kind === 'failed' ? end : { kind: 'failed', error: asCdcError(error) };
    } finally {
      this.#stream?.stop();
      await this.#resources.close();
      await Promise.race([started, this.#pause(1000)]);
    }
    return end;
  }

  #saveTotalsRegularly(): void {
    this.#cancelTotals = this.#deps.setTimer(() => {
      try {
        this.#stream?.saveTotals();
        this.#saveTotalsRegularly();
      } catch (error) {
        this.#settle({ kind: 'failed', error: asCdcError(error) });
      }
    }, TOTALS_INTERVAL_MS);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.setTimer(resolve, ms);
    });
  }
}

/** Before the stream is open: what earlier sessions left. */
function storedStatus(phase: RunnerStatus['phase'], task: StoredTask, store: Store): RunnerStatus {
  const stream = store.streams(task.id)[0] ?? { node: DEFAULT_NODE, slot: '', checkpoint: null };
  const totals = new RunTotals(store.totals(task.id)).sum({ records: 0, bytes: 0, skipped: 0 });
  return { phase, progress: storedPosition(stream), ...totals, heldBytes: 0, pausedMs: 0 };
}
