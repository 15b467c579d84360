import type { StoredTask } from '../../src/store/store.ts';
import type { TaskSpec } from '../../src/task/spec.ts';
import type { RunnerEnd, RunnerHooks, RunnerStatus, TaskRunner } from '../../src/task/stream-runner.ts';

/** A session that does what the test says and writes down what it was told. */
export class FakeRunner implements TaskRunner {
  readonly ended: Promise<RunnerEnd>;
  readonly task: StoredTask;
  readonly spec: TaskSpec;
  readonly hooks: RunnerHooks;
  readonly told: string[] = [];
  /** A session that hangs does not end when told to. */
  isHanging = false;
  live: Partial<RunnerStatus> = {};
  #end: (end: RunnerEnd) => void = () => undefined;

  constructor(task: StoredTask, spec: TaskSpec, hooks: RunnerHooks) {
    this.task = task;
    this.spec = spec;
    this.hooks = hooks;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(end: RunnerEnd): void {
    this.#end(end);
  }

  status(): RunnerStatus {
    const progress = {
      node: 'default',
      slot: 'slot',
      receivedLsn: '0/300',
      acknowledgedLsn: '0/200',
      confirmedLsn: '0/200',
      serverLsn: '0/300',
      lagBytes: 256,
      lagMs: 5,
      retainedWalBytes: null,
    };
    const numbers = { published: 7, bytes: 70, skipped: 1, heldBytes: 0, pausedMs: 0 };
    return { phase: 'streaming', progress, tables: [], ...numbers, ...this.live };
  }

  drain(untilLsn: Readonly<Record<string, string>>): void {
    this.told.push(`drain ${untilLsn.default}`);
  }

  shutdown(timeoutMs: number): void {
    this.told.push(`shutdown ${timeoutMs}`);
    if (!this.isHanging) this.#end({ kind: 'suspended' });
  }

  abort(): void {
    this.told.push('abort');
    if (!this.isHanging) this.#end({ kind: 'aborted' });
  }
}

/** Makes fake runners and keeps them in order. */
export class FakeRunners {
  readonly all: FakeRunner[] = [];

  readonly create = (task: StoredTask, spec: TaskSpec, hooks: RunnerHooks): FakeRunner => {
    const runner = new FakeRunner(task, spec, hooks);
    this.all.push(runner);
    return runner;
  };

  get last(): FakeRunner {
    const runner = this.all.at(-1);
    if (!runner) throw new Error('no runner was created');
    return runner;
  }
}
