import type { CdcError } from '../../domain/errors.ts';
import type { TopicPlan } from '../sink.ts';

/** A topic as metadata shows it. */
export interface TopicFacts {
  /** Kafka error code: 0 exists, 3 does not. */
  readonly code: number;
  readonly partitions: number;
  /** Least replicas of any partition. */
  readonly replicationFactor: number;
}

export interface CreationAnswer {
  /** Kafka error code, 0: the cluster would create it. */
  readonly code: number;
  /** The broker's own explanation. */
  readonly text: string | null;
}

/** Reads facts off a cluster without changing it. Every method rejects with a CdcError. */
export interface TargetProbe {
  connect(): Promise<{ readonly brokers: number }>;
  topics(names: readonly string[]): Promise<ReadonlyMap<string, TopicFacts>>;
  validateCreation(plan: TopicPlan): Promise<CreationAnswer>;
  /** Asks for a producer id, as a stream's first session does. */
  idempotence(): Promise<void>;
  /** Sends a Produce request without records for an existing topic; resolves with the Kafka error code of its answer. */
  produceNothing(topic: string): Promise<number>;
}

/** One topic the task will use, with all that was found out about it. */
export interface TopicReport {
  readonly plan: TopicPlan;
  readonly tables: readonly string[];
  readonly sharedOnPurpose: boolean;
  /** Null: not asked, the name is no legal one. */
  readonly facts: TopicFacts | null;
  /** Answer to "would you create it"; null where that is not needed. */
  readonly creation: CreationAnswer | null;
  /** Kafka error code of the request without records, or why none could be sent; null for a topic that does not exist. */
  readonly produce: number | CdcError | null;
}

export interface TargetReport {
  readonly brokers: number;
  readonly topics: readonly TopicReport[];
  /** Why no producer id was given; null: one was. */
  readonly idempotence: CdcError | null;
}
