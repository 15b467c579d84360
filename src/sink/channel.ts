import type { TopicPlan } from './sink.ts';

/** One batch on its way to a partition. `frame`: partition int32, size int32, record batch. */
export interface ProduceEntry {
  readonly topic: string;
  readonly partition: number;
  readonly frame: Buffer;
}

export interface OpenedTopic {
  readonly partitions: number;
  readonly created: boolean;
  readonly maxMessageBytes: number;
}

/** What a publishing session needs of a cluster; the Kafka and the in-memory cluster are its two implementations. */
export interface ProduceChannel {
  /** Creates or looks up the topic and learns its leaders. Errors: TOPIC_MISSING, TOPIC_INVALID, KAFKA_*. */
  openTopic(plan: TopicPlan): Promise<OpenedTopic>;
  /** Node that led the partition when last asked; NO_LEADER or NO_PARTITION. */
  leaderOf(topic: string, partition: number): number;
  /** Asks the cluster anew; resolves with the Kafka error code of each topic. Rejects with a CdcError. */
  refresh(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Sends one Produce request (acks=all); resolves with an error code per entry. Rejects with a CdcError when no answer came. */
  produce(node: number, entries: readonly ProduceEntry[]): Promise<readonly number[]>;
  /** Drops all connections at once: bytes not sent yet are never sent. */
  close(): void;
}

export const NO_LEADER = -1;
export const NO_PARTITION = -2;
