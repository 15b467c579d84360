import type { OpenedTopic, ProduceChannel, ProduceEntry } from '../channel.ts';
import type { SinkClock } from '../clock.ts';
import type { TopicPlan } from '../sink.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { openTopic } from './topic-admin.ts';

/** The channel of a session over a real cluster. */
export class KafkaChannel implements ProduceChannel {
  readonly #cluster: KafkaCluster;
  readonly #clock: SinkClock;

  constructor(cluster: KafkaCluster, clock: SinkClock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  openTopic(plan: TopicPlan): Promise<OpenedTopic> {
    return openTopic(this.#cluster, plan, this.#clock);
  }

  leaderOf(topic: string, partition: number): number {
    return this.#cluster.leaderOf(topic, partition);
  }

  async refresh(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { topicMetadata } = await this.#cluster.metadata(topics);
    return new Map(topicMetadata.map(({ topic, topicErrorCode }) => [topic, topicErrorCode]));
  }

  async produce(node: number, entries: readonly ProduceEntry[]): Promise<readonly number[]> {
    const connection = await this.#cluster.node(node);
    return connection.produce(entries);
  }

  close(): void {
    this.#cluster.close();
  }
}
