import { formatLsn, LSN_ZERO, lsnFromHalves, maxLsn } from '../domain/lsn.ts';
import type { Checkpoint } from '../domain/task.ts';
import type { AckWindow, Position } from '../pipeline/ack-window.ts';
import type { Budget } from '../pipeline/budget.ts';
import type { Checkpointer } from '../pipeline/checkpointer.ts';
import type { StreamPipeline } from '../pipeline/run.ts';
import type { SinkSession } from '../sink/sink.ts';
import type { SourceStream } from '../source/source.ts';
import type { Store } from '../store/store.ts';
import type { RunTotals } from './run-totals.ts';
import type { RunnerStatus } from './stream-runner.ts';

export interface RunningParts {
  readonly taskId: string;
  readonly node: string;
  readonly slot: string;
  readonly store: Store;
  readonly pipeline: StreamPipeline;
  readonly window: AckWindow;
  readonly checkpointer: Checkpointer;
  readonly budget: Budget;
  readonly sink: SinkSession;
  readonly source: SourceStream;
  readonly totals: RunTotals;
  readonly now: () => number;
}

/** An open stream: what the runner may ask of it while it runs and when it ends. */
export class RunningStream {
  readonly pipeline: StreamPipeline;
  readonly #parts: RunningParts;

  constructor(parts: RunningParts) {
    this.#parts = parts;
    this.pipeline = parts.pipeline;
  }

  /** Lets changes flow. */
  begin(): void {
    this.pipeline.attach(this.#parts.source);
  }

  /** Stores how far Kafka has everything, in mid-transaction too, and confirms what may be confirmed. */
  storePosition(): void {
    const { store, taskId, node, window, checkpointer } = this.#parts;
    store.putCheckpoint(taskId, node, toCheckpoint(window, window.position));
    checkpointer.update(window.position);
    checkpointer.flush();
  }

  saveTotals(): void {
    const { store, taskId } = this.#parts;
    store.putTotals(taskId, this.#sum());
  }

  /** No checkpoint is stored after this. */
  stop(): void {
    this.#parts.checkpointer.cancel();
  }

  status(phase: RunnerStatus['phase']): RunnerStatus {
    const { source, window, checkpointer, sink, budget, node, slot, totals } = this.#parts;
    const sum = this.#sum();
    const serverLsn = this.pipeline.serverLsn;
    const acknowledged = window.position.lsn;
    // Where positions beyond the last commit may not be confirmed, what is known to be delivered is no lag either.
    const done = window.isEmpty ? maxLsn(acknowledged, this.pipeline.deliveredLsn) : acknowledged;
    const behind = serverLsn > done ? Number(serverLsn - done) : 0;
    return {
      phase,
      progress: {
        node,
        slot,
        receivedLsn: formatLsn(source.receivedLsn),
        acknowledgedLsn: formatLsn(acknowledged),
        confirmedLsn: formatLsn(checkpointer.stored.lsn),
        serverLsn: formatLsn(serverLsn),
        lagBytes: serverLsn === LSN_ZERO ? null : behind,
        lagMs: this.#lagMs(behind),
        retainedWalBytes: null,
      },
      tables: totals.tables(),
      published: sum.published,
      bytes: sum.bytes,
      skipped: sum.skipped,
      heldBytes: sink.heldBytes,
      pausedMs: budget.pausedMs,
    };
  }

  /** Age of the newest commit seen while anything is behind; 0 when all is acknowledged. */
  #lagMs(behind: number): number | null {
    const { window, now } = this.#parts;
    if ((behind === 0 && window.isEmpty) || this.pipeline.isIdle) return 0;
    const last = this.pipeline.lastCommitTimeMs;
    return last === null ? null : Math.max(0, now() - last);
  }

  #sum() {
    const { sink, totals } = this.#parts;
    return totals.sum({ records: sink.totals.records, bytes: sink.totals.bytes, skipped: this.pipeline.skipped });
  }
}

/** The checkpoint of a position, with the cut transaction's acknowledged part where there is one. */
export function toCheckpoint(window: AckWindow, position: Position): Checkpoint {
  const partial = window.publishedThrough;
  return {
    lsn: formatLsn(position.lsn),
    nextEventNumber: position.nextEventNumber,
    lastCommitLsn: position.lastCommit === null ? null : formatLsn(position.lastCommit),
    publishedThrough: partial && {
      eventNumber: partial.eventNumber,
      lsn: formatLsn(lsnFromHalves(partial.lsnHigh, partial.lsnLow)),
    },
  };
}
