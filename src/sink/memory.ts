import { CdcError } from '../domain/errors.ts';
import type { ProducerIdentity } from '../domain/task.ts';
import type { DecodedBatch, DecodedRecord } from './batch-decoder.ts';
import { NO_LEADER, NO_PARTITION, type OpenedTopic, type ProduceChannel, type ProduceEntry } from './channel.ts';
import { type SinkClock, SYSTEM_CLOCK } from './clock.ts';
import { FRAME_PREFIX } from './closed-arena.ts';
import { CODECS } from './compression.ts';
import { CODE } from './kafka-codes.ts';
import { DEFAULT_MAX_MESSAGE_BYTES, DEFAULT_SINK_LIMITS } from './limits.ts';
import { MemoryPartition } from './memory-partition.ts';
import { BatchSession } from './session.ts';
import type { SinkDriver, TopicPlan } from './sink.ts';

/** A record as a consumer of the in-memory cluster sees it. */
export interface MemoryRecord extends DecodedRecord {
  readonly topic: string;
  readonly partition: number;
  /** Place in its partition. */
  readonly offset: number;
}

/**
 * What a partition does with the next batches instead of writing them. `code`: answers this Kafka error. `lost`: the
 * connection ends, after the batch was written (`written`) or before.
 */
export type MemoryFailure = { readonly code: number } | { readonly lost: 'written' | 'unwritten' };

/** A cluster in memory with the rules of brokers for sequences and epochs; the test double behind the real session. */
export class MemoryCluster {
  readonly #topics = new Map<string, MemoryPartition[]>();
  readonly #plannedFailures: MemoryFailure[] = [];
  readonly #held: (() => void)[] = [];
  readonly #brokers: number;
  #isHolding = false;
  #nextProducerId = 1;
  maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES;
  /** False: no partition has a leader. */
  hasLeaders = true;
  /** Produce requests so far, with their number of batches. */
  readonly requests: number[] = [];

  constructor(brokers = 1) {
    this.#brokers = brokers;
  }

  createTopic(name: string, partitions: number): void {
    this.#topics.set(
      name,
      Array.from({ length: partitions }, () => new MemoryPartition()),
    );
  }

  deleteTopic(name: string): void {
    this.#topics.delete(name);
  }

  /** From now on requests are neither written nor answered before `release`. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Handles held requests, the oldest first; all of them, and ends holding, without `count`. */
  release(count?: number): void {
    if (count === undefined) this.#isHolding = false;
    for (const answer of this.#held.splice(0, count ?? this.#held.length)) answer();
  }

  get heldRequests(): number {
    return this.#held.length;
  }

  /** The next batch of each given failure meets it. */
  failNext(...failures: readonly MemoryFailure[]): void {
    this.#plannedFailures.push(...failures);
  }

  /** All records of a topic, by partition and offset. */
  records(topic: string): MemoryRecord[] {
    return (this.#topics.get(topic) ?? []).flatMap(({ records }, partition) =>
      records.map((record, offset) => ({ ...record, topic, partition, offset })),
    );
  }

  /** All batches of a partition, in order. */
  batches(topic: string, partition: number): readonly DecodedBatch[] {
    return this.#topics.get(topic)?.[partition]?.batches ?? [];
  }

  newIdentity(): ProducerIdentity {
    return { producerId: String(this.#nextProducerId++), epoch: 0 };
  }

  open(plan: TopicPlan): OpenedTopic {
    const known = this.#topics.get(plan.name);
    if (known === undefined && !plan.create) throw new CdcError('TOPIC_MISSING', `topic ${plan.name} does not exist`);
    if (known === undefined) this.createTopic(plan.name, plan.knownPartitions ?? plan.partitions);
    const partitions = this.#topics.get(plan.name)!.length;
    return { partitions, created: known === undefined, maxMessageBytes: this.maxMessageBytes };
  }

  leaderOf(topic: string, partition: number): number {
    if (this.#topics.get(topic)?.[partition] === undefined) return NO_PARTITION;
    return this.hasLeaders ? partition % this.#brokers : NO_LEADER;
  }

  topicCode(topic: string): number {
    return this.#topics.has(topic) ? CODE.NONE : CODE.UNKNOWN_TOPIC;
  }

  /** Handles a Produce request; rejects as a lost connection does. */
  produce(entries: readonly ProduceEntry[]): Promise<readonly number[]> {
    this.requests.push(entries.length);
    return new Promise((resolve, reject) => {
      const answer = () => {
        try {
          resolve(entries.map((entry) => this.#append(entry)));
        } catch (error) {
          reject(error);
        }
      };
      if (this.#isHolding) this.#held.push(answer);
      else queueMicrotask(answer);
    });
  }

  #append({ topic, partition, frame }: ProduceEntry): number {
    const target = this.#topics.get(topic)?.[partition];
    if (target === undefined) return CODE.UNKNOWN_TOPIC;
    const failure = this.#plannedFailures.shift();
    if (failure !== undefined && 'code' in failure) return failure.code;
    if (failure?.lost === 'unwritten') throw lostConnection();
    const isTooLarge = frame.length - FRAME_PREFIX > this.maxMessageBytes;
    const code = isTooLarge ? CODE.MESSAGE_TOO_LARGE : target.append(frame.subarray(FRAME_PREFIX));
    if (failure !== undefined) throw lostConnection();
    return code;
  }
}

/** Publishing into a MemoryCluster, with the sessions that publish to Kafka. */
export function createMemoryDriver(cluster: MemoryCluster, clock: SinkClock = SYSTEM_CLOCK): SinkDriver {
  const passed = {
    id: 'kafka-reachable',
    group: 'target',
    status: 'PASSED',
    message: 'The target is in memory.',
  } as const;
  return {
    async open(request, events) {
      const { previousProducer } = request;
      const identity =
        previousProducer === null ? cluster.newIdentity() : { ...previousProducer, epoch: previousProducer.epoch + 1 };
      request.storeProducer(identity);
      const limits = { ...DEFAULT_SINK_LIMITS, ...request.limits };
      const codec = CODECS[request.endpoint.compression];
      return new BatchSession({ channel: memoryChannel(cluster), identity, codec, limits, clock, events });
    },
    async precheck() {
      return [passed];
    },
    async testConnection() {
      return [passed];
    },
  };
}

function memoryChannel(cluster: MemoryCluster): ProduceChannel {
  return {
    openTopic: async (plan) => cluster.open(plan),
    leaderOf: (topic, partition) => cluster.leaderOf(topic, partition),
    refresh: async (topics) => new Map(topics.map((topic) => [topic, cluster.topicCode(topic)])),
    produce: (_node, entries) => cluster.produce(entries),
    close: () => {},
  };
}

function lostConnection(): CdcError {
  return new CdcError('KAFKA_UNREACHABLE', 'the connection to the cluster in memory was lost');
}
