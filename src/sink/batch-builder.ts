import type { ProducerIdentity } from '../domain/task.ts';
import type { Arena } from './arena.ts';
import { FRAME_PREFIX, type GatheredBatch, gatheredSize, gatherRecords } from './closed-arena.ts';
import type { Codec } from './compression.ts';
import type { Lane, PendingArena, PendingBatch } from './lane.ts';
import { advanceSequence, BATCH_HEADER, writeBatchHeader } from './record-batch.ts';

/** Makes immutable batches of a closed arena, under one producer id and epoch, and queues them on their lanes. */
export class BatchBuilder {
  readonly #producerId: bigint;
  readonly #producerEpoch: number;
  readonly #codec: Codec;

  constructor(identity: ProducerIdentity, codec: Codec) {
    this.#producerId = BigInt(identity.producerId);
    this.#producerEpoch = identity.epoch;
    this.#codec = codec;
  }

  /** Queues the arena's batches, complete unless they are to be compressed. `take` gives memory for them. */
  queue(arena: Arena, pending: PendingArena, lanes: readonly Lane[], context: QueueContext): QueuedBatch[] {
    const memory = context.take(gatheredSize(arena));
    const queued: QueuedBatch[] = [];
    pending.memory = memory;
    for (const place of gatherRecords(arena, memory)) {
      const lane = lanes[place.lane]!;
      const batch = createBatch(pending, lane, place);
      lane.nextSequence = advanceSequence(lane.nextSequence, place.recordCount);
      lane.queue.push(batch);
      batch.frame = memory.subarray(place.start, place.end);
      if (this.#codec.compress === null) this.#finish(batch, lane.partition, context.nowMs);
      pending.bytes += batch.frame.length;
      pending.remaining++;
      queued.push({ lane, batch });
    }
    return queued;
  }

  /** Compresses one queued batch; afterwards it is ready and no longer refers to the arena's memory. */
  async compress(lane: Lane, batch: PendingBatch, nowMs: number): Promise<void> {
    const recordsAt = FRAME_PREFIX + BATCH_HEADER;
    const records = await this.#codec.compress!(batch.frame.subarray(recordsAt));
    const frame = Buffer.allocUnsafeSlow(recordsAt + records.length);
    frame.set(records, recordsAt);
    batch.arena.bytes += frame.length - batch.frame.length;
    batch.frame = frame;
    this.#finish(batch, lane.partition, nowMs);
  }

  #finish(batch: PendingBatch, partition: number, timestampMs: number): void {
    const { frame } = batch;
    frame.writeInt32BE(partition, 0);
    frame.writeInt32BE(frame.length - FRAME_PREFIX, 4);
    writeBatchHeader(frame, FRAME_PREFIX, frame.length, {
      attributes: this.#codec.attributes,
      recordCount: batch.recordCount,
      timestampMs,
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      baseSequence: batch.baseSequence,
    });
    batch.isReady = true;
  }
}

export interface QueueContext {
  readonly nowMs: number;
  readonly take: (size: number) => Buffer;
}

export interface QueuedBatch {
  readonly lane: Lane;
  readonly batch: PendingBatch;
}

function createBatch(arena: PendingArena, lane: Lane, place: GatheredBatch): PendingBatch {
  return {
    arena,
    recordCount: place.recordCount,
    baseSequence: lane.nextSequence,
    frame: Buffer.alloc(0),
    isReady: false,
  };
}
