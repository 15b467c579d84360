import type { ByteWriter } from '../domain/byte-writer.ts';
import { asCdcError, CdcError } from '../domain/errors.ts';
import type { ProducerIdentity } from '../domain/task.ts';
import { Arena } from './arena.ts';
import { BatchBuilder, type QueuedBatch } from './batch-builder.ts';
import { BufferPool } from './buffer-pool.ts';
import { NO_PARTITION, type OpenedTopic, type ProduceChannel } from './channel.ts';
import type { SinkClock } from './clock.ts';
import type { Codec } from './compression.ts';
import { Dispatcher } from './dispatcher.ts';
import { createLane, type Lane, type PendingArena, type PendingBatch } from './lane.ts';
import { laneLimit, type SinkLimits } from './limits.ts';
import type { SinkEvents, SinkSession, TopicPlan, TopicTarget } from './sink.ts';

/** Closed arenas whose memory is kept for the next ones; about as many as are in flight. */
const POOLED_BUFFERS = 5;

export interface SessionParts {
  readonly channel: ProduceChannel;
  readonly identity: ProducerIdentity;
  readonly codec: Codec;
  readonly limits: SinkLimits;
  readonly clock: SinkClock;
  readonly events: SinkEvents;
}

/** A publishing session over any cluster: arena, batches, lanes, dispatcher, and acknowledgements in ticket order. */
export class BatchSession implements SinkSession {
  readonly #parts: SessionParts;
  readonly #arena: Arena;
  readonly #builder: BatchBuilder;
  readonly #dispatcher: Dispatcher;
  readonly #memory: BufferPool;
  readonly #lanes: Lane[] = [];
  readonly #targets = new Map<string, Promise<TopicTarget>>();
  /** Closed arenas in ticket order, the acknowledged head ones excluded. */
  readonly #pending: PendingArena[] = [];
  #pendingBytes = 0;
  #records = 0;
  #bytes = 0;
  #isEnded = false;
  #isReporting = false;

  constructor(parts: SessionParts) {
    const { limits, channel, clock } = parts;
    this.#parts = parts;
    this.#arena = new Arena(limits.arenaBytes);
    this.#builder = new BatchBuilder(parts.identity, parts.codec);
    this.#memory = new BufferPool(limits.arenaBytes + (limits.arenaBytes >> 3), POOLED_BUFFERS);
    this.#dispatcher = new Dispatcher({
      channel,
      limits,
      clock,
      written: (batch) => this.#written(batch),
      settled: () => this.#report(),
      failed: (error) => this.#fail(error),
    });
  }

  openTopic(plan: TopicPlan): Promise<TopicTarget> {
    const known = this.#targets.get(plan.name);
    if (known !== undefined) return known;
    const target = this.#parts.channel.openTopic(plan).then((opened) => this.#addTopic(plan, opened));
    this.#targets.set(plan.name, target);
    // A failed look-up may be repeated; the caller gets the error itself.
    target.catch(() => this.#targets.delete(plan.name));
    return target;
  }

  async grownTopics(): Promise<readonly string[]> {
    const { channel } = this.#parts;
    const topics = await Promise.all(this.#targets.values());
    await channel.refresh(topics.map(({ name }) => name));
    const hasMore = ({ name, partitions }: TopicTarget) => channel.leaderOf(name, partitions) !== NO_PARTITION;
    return topics.filter(hasMore).map(({ name }) => name);
  }

  beginRecord(lane: number, key: Uint8Array, keyLength: number): ByteWriter {
    return this.#arena.beginRecord(lane, key, keyLength);
  }

  endValue(isNull: boolean): void {
    this.#arena.endValue(isNull);
  }

  endRecord(headerCount: number): void {
    this.#arena.endRecord(headerCount);
  }

  get openRecords(): number {
    return this.#arena.recordCount;
  }

  get isFull(): boolean {
    return this.#arena.isFull;
  }

  flush(ticket: number): void {
    if (this.#isEnded) return;
    const pending: PendingArena = { ticket, remaining: 0, bytes: 0, memory: null };
    this.#pending.push(pending);
    if (this.#arena.recordCount === 0) {
      // Not from inside flush: the caller has its books in order only after it returned.
      queueMicrotask(() => this.#report());
      return;
    }
    const nowMs = this.#parts.clock.now();
    const take = (size: number) => this.#memory.take(size);
    const queued = this.#builder.queue(this.#arena, pending, this.#lanes, { nowMs, take });
    this.#arena.reset();
    this.#pendingBytes += pending.bytes;
    if (this.#parts.codec.compress !== null) this.#compress(pending, queued, nowMs);
    for (const { lane } of queued) this.#dispatcher.offer(lane);
    this.#dispatcher.pump();
  }

  get inFlightBatches(): number {
    return this.#pending.length;
  }

  get heldBytes(): number {
    return this.#arena.size + this.#pendingBytes;
  }

  get totals(): { readonly records: number; readonly bytes: number; readonly retries: number } {
    return { records: this.#records, bytes: this.#bytes, retries: this.#dispatcher.retries };
  }

  async close(): Promise<void> {
    this.#end();
  }

  #addTopic(plan: TopicPlan, opened: OpenedTopic): TopicTarget {
    const partitions = plan.knownPartitions ?? opened.partitions;
    if (partitions > opened.partitions) throw shrunken(plan.name, partitions, opened.partitions);
    const firstLane = this.#lanes.length;
    for (let partition = 0; partition < partitions; partition++) {
      this.#lanes.push(createLane(firstLane + partition, plan.name, partition, opened.maxMessageBytes));
    }
    this.#arena.addLanes(partitions, laneLimit(this.#parts.limits, opened.maxMessageBytes));
    const { created, partitions: actualPartitions } = opened;
    return { name: plan.name, partitions, actualPartitions, firstLane, created };
  }

  #compress(pending: PendingArena, queued: readonly QueuedBatch[], nowMs: number): void {
    let open = queued.length;
    for (const { lane, batch } of queued) {
      const before = batch.frame.length;
      this.#builder.compress(lane, batch, nowMs).then(
        () => {
          this.#pendingBytes += batch.frame.length - before;
          if (--open === 0) this.#releaseMemory(pending);
          if (this.#isEnded) return;
          this.#dispatcher.offer(lane);
          this.#dispatcher.pump();
        },
        (error: unknown) => this.#fail(asCdcError(error)),
      );
    }
  }

  #written(batch: PendingBatch): void {
    const { arena } = batch;
    this.#records += batch.recordCount;
    this.#bytes += batch.frame.length;
    arena.remaining--;
  }

  /** Acknowledges the longest done prefix. Handlers may flush or fail meanwhile; then the outer call goes on. */
  #report(): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    try {
      while (!this.#isEnded && this.#pending.length > 0 && this.#pending[0]!.remaining === 0) {
        const arena = this.#pending.shift()!;
        this.#pendingBytes -= arena.bytes;
        this.#releaseMemory(arena);
        this.#parts.events.acknowledged(arena.ticket);
      }
    } catch (error) {
      this.#fail(asCdcError(error));
    } finally {
      this.#isReporting = false;
    }
  }

  #releaseMemory(arena: PendingArena): void {
    if (arena.memory !== null) this.#memory.give(arena.memory);
    arena.memory = null;
  }

  #fail(error: CdcError): void {
    if (this.#isEnded) return;
    this.#end();
    this.#parts.events.failed(error);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#dispatcher.stop();
    this.#parts.channel.close();
    this.#pending.length = 0;
    this.#pendingBytes = 0;
  }
}

function shrunken(topic: string, used: number, actual: number): CdcError {
  return new CdcError('TOPIC_INVALID', `topic ${topic} has ${actual} partitions, the task uses ${used}`, {
    data: { topic, partitions: used, actualPartitions: actual },
    hint: `Give topic ${topic} its ${used} partitions back: with fewer, keys would move to other partitions.`,
  });
}
