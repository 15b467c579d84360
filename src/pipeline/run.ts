import type { Change, LogicalMessage, Transaction } from '../domain/change.ts';
import { asCdcError, CdcError } from '../domain/errors.ts';
import { formatLsn, LSN_ZERO, type Lsn, lsnFromHalves, maxLsn } from '../domain/lsn.ts';
import type { Relation } from '../domain/relation.ts';
import type { SinkEvents, SinkSession } from '../sink/sink.ts';
import type { SourceStream, StreamHandler } from '../source/source.ts';
import type { AckWindow } from './ack-window.ts';
import type { Binding, ChangePublisher } from './binding.ts';
import type { Budget } from './budget.ts';
import type { Checkpointer } from './checkpointer.ts';

export interface StreamPipelineParts {
  readonly window: AckWindow;
  readonly checkpointer: Checkpointer;
  readonly budget: Budget;
  readonly sink: SinkSession;
  readonly publisher: ChangePublisher;
  /** Makes topic, catalog facts and encoder of a relation ready; null: not selected. */
  readonly prepare: (relation: Relation) => Promise<Binding | null>;
  /** Selected tables of a TRUNCATE; throws where the policy says so. Returns how many event numbers it takes. */
  readonly truncated: (relations: readonly Relation[], lsn: Lsn) => number;
  /** Changes numbered up to this one were published before a cut (design §5.9), with the LSN of the last; null: none. */
  readonly skipThrough: { readonly eventNumber: number; readonly lsn: string } | null;
  readonly nextEventNumber: number;
  readonly now: () => number;
  /** The pipeline cannot go on. */
  readonly failed: (error: CdcError) => void;
  /** Reading is done (drain) and everything read is acknowledged, stored and confirmed. */
  readonly drained: () => void;
}

/** The run loop of one stream: source events in, records out, books kept. Synchronous on the way of a change. */
export class StreamPipeline implements StreamHandler, SinkEvents {
  readonly #parts: StreamPipelineParts;
  readonly #bindings = new Map<Relation, Binding | null>();
  #stream: SourceStream | null = null;
  #transaction: Transaction | null = null;
  #lastRelation: Relation | null = null;
  #lastBinding: Binding | null = null;
  #nextEventNumber: number;
  #nowMs: number;
  #preparing = false;
  #stopAt: Lsn | null = null;
  #readingDone = false;
  #ended = false;
  /** Why reading ended; null: because it was asked for. */
  #refusal: CdcError | null = null;
  /** Changes that were not published: replayed ones below a cut and those of unselected tables. */
  skipped = 0;
  serverLsn: Lsn = LSN_ZERO;
  lastCommitTimeMs: number | null = null;

  constructor(parts: StreamPipelineParts) {
    this.#parts = parts;
    this.#nextEventNumber = parts.nextEventNumber;
    this.#nowMs = parts.now();
  }

  /** Gives the pipeline its stream, which is held until now, and lets it flow. */
  attach(stream: SourceStream): void {
    this.#stream = stream;
    this.#resumeIfFree();
  }

  begin(transaction: Transaction): void {
    this.#transaction = transaction;
    this.#nowMs = this.#parts.now();
  }

  change(change: Change): void {
    const binding = change.relation === this.#lastRelation ? this.#lastBinding : this.#lookUp(change.relation);
    if (binding === null) {
      this.skipped++;
      return;
    }
    change.eventNumber = this.#nextEventNumber++;
    if (this.#wasPublished(change)) return;
    this.#parts.publisher.publish(binding, change, this.#transaction!, this.#nowMs);
    this.#parts.window.record(change.eventNumber, change.lsnHigh, change.lsnLow);
    if (this.#parts.sink.isFull) this.#flush();
  }

  commit(endLsn: Lsn): void {
    const transaction = this.#transaction!;
    this.lastCommitTimeMs = Math.floor(transaction.commitTimeUs / 1000);
    this.#transaction = null;
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
    this.#preparing = true;
    this.#stream?.pause();
    this.#parts.prepare(relation).then(
      (binding) => {
        this.#bindings.set(relation, binding);
        this.#preparing = false;
        this.#resumeIfFree();
      },
      (error: unknown) => this.failed(asCdcError(error)),
    );
  }

  /** Logical messages are not row changes; the formats that carry them come with their own options. */
  message(_message: LogicalMessage): void {}

  keepalive(serverLsn: Lsn): void {
    this.serverLsn = maxLsn(this.serverLsn, serverLsn);
    // Only an idle stream may confirm it (design §5.4): with anything open or in flight it lies beyond unacknowledged changes.
    if (this.#transaction === null && this.#parts.window.isEmpty) this.#advance(serverLsn);
    else if (this.#transaction === null) this.#checkStop(serverLsn);
  }

  idle(): void {
    // With a batch in flight the open arena keeps filling: batches grow by themselves under load.
    if (this.#parts.sink.openRecords > 0 && this.#parts.sink.inFlightBatches === 0) this.#flush();
  }

  acknowledged(ticket: number): void {
    const { window, checkpointer, sink } = this.#parts;
    if (window.acknowledge(ticket)) checkpointer.update(window.position);
    if (sink.openRecords > 0 && sink.inFlightBatches === 0) this.#flush();
    this.#resumeIfFree();
    this.#finishIfDone();
  }

  failed(error: CdcError): void {
    if (this.#ended) return;
    this.#ended = true;
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
    if (this.#parts.sink.openRecords > 0) this.#flush();
    this.#finishIfDone();
  }

  #lookUp(relation: Relation): Binding | null {
    const binding = this.#bindings.get(relation);
    if (binding === undefined) {
      throw new CdcError('INTERNAL', `change of ${relation.schema}.${relation.table} before its relation was prepared`);
    }
    this.#lastRelation = relation;
    this.#lastBinding = binding;
    return binding;
  }

  #wasPublished(change: Change): boolean {
    const skip = this.#parts.skipThrough;
    if (skip === null || change.eventNumber > skip.eventNumber) return false;
    this.skipped++;
    const lsn = formatLsn(lsnFromHalves(change.lsnHigh, change.lsnLow));
    if (change.eventNumber === skip.eventNumber && lsn !== skip.lsn) {
      throw new CdcError(
        'POSITION_MISMATCH',
        `change ${skip.eventNumber} was published from ${skip.lsn}, now it is at ${lsn}`,
      );
    }
    return true;
  }

  #flush(): void {
    const { sink, window, budget } = this.#parts;
    sink.flush(window.close());
    this.#nowMs = this.#parts.now();
    if (budget.mustPause(sink.heldBytes, sink.inFlightBatches)) this.#stream?.pause();
  }

  /** A transaction or an idle keepalive ends at `lsn`. */
  #advance(lsn: Lsn): void {
    const { window, checkpointer } = this.#parts;
    window.committed(lsn, this.#nextEventNumber);
    if (window.isEmpty) checkpointer.update(window.position);
    this.#checkStop(lsn);
  }

  #checkStop(lsn: Lsn): void {
    if (this.#stopAt !== null && lsn >= this.#stopAt) this.stopReading();
  }

  #resumeIfFree(): void {
    const { sink, budget } = this.#parts;
    budget.mayResume(sink.heldBytes, sink.inFlightBatches);
    const isFree = !this.#preparing && !this.#readingDone && !budget.isPaused && !this.#ended;
    if (isFree && this.#stream?.isPaused) this.#stream.resume();
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
