import { type DecodedBatch, type DecodedRecord, decodeBatch } from './batch-decoder.ts';
import { advanceSequence } from './record-batch.ts';

const OUT_OF_ORDER = 45;
const INVALID_EPOCH = 47;
const CORRUPT = 2;
/** Batches per producer a broker remembers to recognise repetitions (ProducerStateEntry.NUM_BATCHES_TO_RETAIN). */
const REMEMBERED = 5;

interface ProducerState {
  epoch: number;
  nextSequence: number;
  recent: number[];
}

/** A partition that checks batches as a broker does (ProducerAppendInfo.java) and keeps their records. */
export class MemoryPartition {
  readonly records: DecodedRecord[] = [];
  readonly batches: DecodedBatch[] = [];
  readonly #producers = new Map<string, ProducerState>();

  /** Appends a batch; returns the Kafka error code. */
  append(bytes: Buffer): number {
    let batch: DecodedBatch;
    try {
      batch = decodeBatch(bytes);
    } catch {
      return CORRUPT;
    }
    const state = this.#producers.get(batch.producerId) ?? { epoch: -1, nextSequence: 0, recent: [] };
    if (batch.producerEpoch < state.epoch) return INVALID_EPOCH;
    const isNewEpoch = batch.producerEpoch > state.epoch;
    if (!isNewEpoch && state.recent.includes(batch.baseSequence)) return 0;
    if (batch.baseSequence !== (isNewEpoch ? 0 : state.nextSequence)) return OUT_OF_ORDER;
    const recent = isNewEpoch ? [] : state.recent;
    this.#producers.set(batch.producerId, {
      epoch: batch.producerEpoch,
      nextSequence: advanceSequence(batch.baseSequence, batch.records.length),
      recent: [...recent, batch.baseSequence].slice(-REMEMBERED),
    });
    this.batches.push(batch);
    this.records.push(...batch.records);
    return 0;
  }
}
