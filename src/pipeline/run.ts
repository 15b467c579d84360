import type { Change, LogicalMessage, Transaction } from '../domain/change.ts';
import { asCdcError, type CdcError } from '../domain/errors.ts';
import { LSN_ZERO, type Lsn, maxLsn } from '../domain/lsn.ts';
import type { Relation } from '../domain/relation.ts';
import type { SinkEvents } from '../sink/sink.ts';
import type { KeepaliveReach, SourceNotice, SourceStream, StreamHandler } from '../source/source.ts';
import { BindingTable } from './binding-table.ts';
import type { StreamPipelineParts } from './parts.ts';
import { wasPublished } from './replay-skip.ts';

/** The run loop of one stream: source events in, records out, books kept. Synchronous on the way of a change. */
export class StreamPipeline implements StreamHandler, SinkEvents {
  readonly #parts: StreamPipelineParts;
  readonly #bindings: BindingTable;
  #stream: SourceStream | null = null;
  #transaction: Transaction | null = null;
  #previousLsn: Lsn | null;
  #nextEventNumber: number;
  #stopAt: Lsn | null = null;
  #readingDone = false;
  #ended = false;
  /** Why reading ended; null: because it was asked for. */
  #refusal: CdcError | null = null;
  /** Changes that were not published: replayed ones below a cut and those of unselected tables. */
  skipped = 0;
  serverLsn: Lsn = LSN_ZERO;
  /** Everything committed before it was handed over, as far as the last keepalive proves or the server could be asked. */
  deliveredLsn: Lsn = LSN_ZERO;
  #reach: KeepaliveReach = 'delivered';
  lastCommitTimeMs: number | null = null;

  constructor(parts: StreamPipelineParts) {
    this.#parts = parts;
    this.#bindings = new BindingTable(parts.prepare);
    this.#nextEventNumber = parts.nextEventNumber;
    this.#previousLsn = parts.previousLsn;
    parts.batcher.onFull(() => this.#stream?.pause());
  }

  /** Gives the pipeline its stream, which is held until now, and lets it flow. */
  attach(stream: SourceStream): void {
    this.#stream = stream;
    this.#resumeIfFree();
  }

  begin(transaction: Transaction): void {
    transaction.previousLsn = this.#previousLsn;
    this.#transaction = transaction;
    this.#parts.batcher.nowMs = this.#parts.now();
  }

  change(change: Change): void {
    const binding = this.#bindings.of(change);
    if (binding === null) {
      this.skipped++;
      return;
    }
    const { batcher, publisher, publishedBefore } = this.#parts;
    change.eventNumber = this.#nextEventNumber++;
    if (wasPublished(change, publishedBefore)) {
      this.skipped++;
      return;
    }
    publisher.publish(binding, change, this.#transaction!, batcher.nowMs);
    batcher.written(change);
  }

  commit(endLsn: Lsn): void {
    const transaction = this.#transaction!;
    this.lastCommitTimeMs = Math.floor(transaction.commitTimeUs / 1000);
    this.#transaction = null;
    this.#previousLsn = endLsn;
    this.serverLsn = maxLsn(this.serverLsn, endLsn);
    this.#advance(endLsn);
  }

  /** Where the policy refuses it, the stream fails only after Kafka has what was read before: it stops before the TRUNCATE. */
  truncate(relations: readonly Relation[], lsn: Lsn): void {
    try {
      this.#nextEventNumber += this.#parts.truncated(relations, lsn);
    } catch (error) {
      this.#refusal = asCdcError(error);
      this.stopReading();
    }
  }

  relation(relation: Relation): void {
    this.#stream?.pause();
    this.#bindings.prepare(relation).then(
      () => this.#resumeIfFree(),
      (error: unknown) => this.failed(asCdcError(error)),
    );
  }

  /** Logical messages are not row changes; the formats that carry them come with their own options. */
  message(_message: LogicalMessage): void {}

  keepalive(serverLsn: Lsn, reach: KeepaliveReach): void {
    this.serverLsn = maxLsn(this.serverLsn, serverLsn);
    this.#reach = reach;
    if (this.#transaction !== null || reach === 'ahead') return;
    this.deliveredLsn = maxLsn(this.deliveredLsn, serverLsn);
    // Only an idle stream may confirm it (design §5.4): with anything open or in flight it lies beyond unacknowledged changes.
    if (reach === 'delivered' && this.#parts.window.isEmpty) this.#advance(serverLsn);
    else this.#checkStop(serverLsn);
  }

  /** All that came is published, and what the server says beyond it proves no commit. */
  get isIdle(): boolean {
    return this.#transaction === null && this.#parts.window.isEmpty && this.#reach !== 'delivered';
  }

  notice(notice: SourceNotice): void {
    this.#parts.notice(notice);
  }

  idle(): void {
    this.#parts.batcher.endOfInput();
  }

  acknowledged(ticket: number): void {
    const { batcher, window, checkpointer } = this.#parts;
    if (batcher.acknowledged(ticket)) checkpointer.update(window.position);
    this.#resumeIfFree();
    this.#finishIfDone();
  }

  failed(error: CdcError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.batcher.close();
    this.#parts.checkpointer.cancel();
    this.#parts.failed(error);
  }

  /** Publishes everything committed before `lsn`, then reports `drained`. */
  stopAt(lsn: Lsn): void {
    this.#stopAt = lsn;
    if (this.#transaction === null) this.#checkStop(this.#parts.window.position.lsn);
    this.#stream?.ping();
  }

  /** Reads nothing more, also in mid-transaction, then reports `drained` once all that was read is acknowledged. */
  stopReading(): void {
    this.#readingDone = true;
    this.#stream?.pause();
    this.#parts.batcher.flushOpen();
    this.#finishIfDone();
  }

  /** A transaction or an idle keepalive ends at `lsn`. */
  #advance(lsn: Lsn): void {
    const { window, checkpointer } = this.#parts;
    window.committed({ lsn, nextEventNumber: this.#nextEventNumber, lastCommit: this.#previousLsn });
    if (window.isEmpty) checkpointer.update(window.position);
    this.#checkStop(lsn);
  }

  #checkStop(lsn: Lsn): void {
    if (this.#stopAt !== null && lsn >= this.#stopAt) this.stopReading();
  }

  #resumeIfFree(): void {
    const mayRead = this.#parts.batcher.mayRead() && !this.#bindings.isPreparing && !this.#readingDone && !this.#ended;
    if (mayRead && this.#stream?.isPaused) this.#stream.resume();
  }

  #finishIfDone(): void {
    if (!this.#readingDone || this.#ended || !this.#parts.window.isEmpty) return;
    const { checkpointer, window, drained } = this.#parts;
    checkpointer.update(window.position);
    checkpointer.flush();
    if (this.#refusal !== null) this.failed(this.#refusal);
    else {
      this.#ended = true;
      drained();
    }
  }
}
