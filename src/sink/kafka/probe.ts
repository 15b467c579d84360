import { CdcError } from '../../domain/errors.ts';
import { FRAME_PREFIX } from '../closed-arena.ts';
import type { CreationAnswer, TargetProbe, TopicFacts } from '../precheck/facts.ts';
import type { TopicPlan } from '../sink.ts';
import { KafkaCluster } from './kafka-cluster.ts';
import type { ConnectionSettings } from './kafka-connection.ts';
import type { TopicMetadata } from './kafkajs-internals.ts';
import { requestIdentity } from './producer-identity.ts';
import { requestCreation } from './topic-admin.ts';

/** Gathers what the prechecks judge; changes nothing in the cluster. */
export class KafkaProbe implements TargetProbe {
  readonly #cluster: KafkaCluster;
  readonly #settings: ConnectionSettings;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#cluster = new KafkaCluster(settings);
  }

  async connect(): Promise<{ readonly brokers: number }> {
    await this.#cluster.metadata([]);
    return { brokers: this.#cluster.brokerCount };
  }

  async topics(names: readonly string[]): Promise<ReadonlyMap<string, TopicFacts>> {
    if (names.length === 0) return new Map();
    const { topicMetadata } = await this.#cluster.metadata(names);
    return new Map(topicMetadata.map((topic) => [topic.topic, factsOf(topic)]));
  }

  validateCreation(plan: TopicPlan): Promise<CreationAnswer> {
    return requestCreation(this.#cluster, plan, true);
  }

  async idempotence(): Promise<void> {
    await requestIdentity(this.#cluster, this.#settings.clock);
  }

  async produceNothing(topic: string): Promise<number> {
    const leader = this.#cluster.leaderOf(topic, 0);
    if (leader < 0) throw new CdcError('KAFKA_SESSION_ENDED', `partition 0 of ${topic} has no leader now`);
    const connection = await this.#cluster.node(leader);
    // Partition 0 with a record set of no bytes: authorisation is checked first, then the request is refused.
    const codes = await connection.produce([{ topic, partition: 0, frame: Buffer.alloc(FRAME_PREFIX) }]);
    return codes[0]!;
  }

  close(): void {
    this.#cluster.close();
  }
}

function factsOf({ topicErrorCode, partitionMetadata }: TopicMetadata): TopicFacts {
  const replicas = partitionMetadata.map((partition) => partition.replicas.length);
  return {
    code: topicErrorCode,
    partitions: partitionMetadata.length,
    replicationFactor: replicas.length === 0 ? 0 : Math.min(...replicas),
  };
}
