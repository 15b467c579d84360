import type { CdcError } from '../domain/errors.ts';
import type { SinkDriver } from '../sink/sink.ts';
import type { SourceDriver } from '../source/source.ts';
import type { NewEvent, Store } from '../store/store.ts';
import type { TaskSpec } from './spec.ts';
import type { StreamProgress, TableProgress } from './task-api.ts';

/** Live numbers of a running stream. */
export interface RunnerStatus {
  readonly phase: 'starting' | 'streaming' | 'draining' | 'ended';
  readonly progress: StreamProgress;
  readonly tables: readonly TableProgress[];
  readonly published: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly heldBytes: number;
  readonly pausedMs: number;
}

/** How a runner ended. `drained`: everything up to the requested position is published and confirmed. */
export type RunnerEnd =
  | { readonly kind: 'drained' }
  /** Stopped between or within transactions by `shutdown`; the position is stored and the next start goes on there. */
  | { readonly kind: 'suspended' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'failed'; readonly error: CdcError };

/** One session of one task: opens source and sink, streams until told to end. Never retries by itself; the supervisor does. */
export interface TaskRunner {
  /** Resolves, never rejects. */
  readonly ended: Promise<RunnerEnd>;
  status(): RunnerStatus;
  /** Publishes everything committed before `untilLsn` (per node), confirms, ends as `drained`. */
  drain(untilLsn: Readonly<Record<string, string>>): void;
  /** SIGTERM: stops reading, waits at most `timeoutMs` for what was read, stores the position, ends as `suspended`. */
  shutdown(timeoutMs: number): void;
  /** Ends at once as `aborted`. */
  abort(): void;
}

/** Adapters and clock of a runner. */
export interface RunnerDeps {
  readonly store: Store;
  readonly sourceDriver: (dialect: TaskSpec['source']['dialect']) => SourceDriver;
  readonly sinkDriver: SinkDriver;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

export interface RunnerHooks {
  /** The stream is open: changes flow from now on. */
  readonly streaming: () => void;
  readonly event: (event: NewEvent) => void;
}
