import { CdcError } from '../../domain/errors.ts';
import type { OpenedTopic } from '../channel.ts';
import { pause, type SinkClock } from '../clock.ts';
import { CODE } from '../kafka-codes.ts';
import { DEFAULT_MAX_MESSAGE_BYTES } from '../limits.ts';
import type { CreationAnswer } from '../precheck/facts.ts';
import type { TopicPlan } from '../sink.ts';
import { isLegalTopicName } from '../topic-name.ts';
import { isRetriable } from '../verdict.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { kafkaCodeError } from './kafka-errors.ts';
import { apiKeys, requests, type TopicMetadata } from './kafkajs-internals.ts';

const TOPIC_RESOURCE = 2;
const CREATE_TIMEOUT_MS = 15_000;
const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
const NOT_CONTROLLER = 41;

/** Creates the topic where planned, waits until every partition has a leader, reads its message limit. */
export async function openTopic(cluster: KafkaCluster, plan: TopicPlan, clock: SinkClock): Promise<OpenedTopic> {
  if (!isLegalTopicName(plan.name)) {
    throw new CdcError('TOPIC_INVALID', `"${plan.name}" is no legal topic name`, { data: { topic: plan.name } });
  }
  let found = await findTopic(cluster, plan.name, clock);
  let created = false;
  if (found === null) {
    if (!plan.create)
      throw new CdcError('TOPIC_MISSING', `topic ${plan.name} does not exist`, { data: { topic: plan.name } });
    created = await createTopic(cluster, plan, clock);
    found = await awaitTopic(cluster, plan.name, clock);
  }
  const maxMessageBytes = await readMaxMessageBytes(cluster, plan.name);
  return { partitions: found.partitionMetadata.length, created, maxMessageBytes };
}

/** Metadata of a topic whose partitions all have leaders; null when it does not exist. Errors: KAFKA_*, TOPIC_INVALID. */
async function findTopic(cluster: KafkaCluster, name: string, clock: SinkClock): Promise<TopicMetadata | null> {
  const deadline = clock.now() + READY_TIMEOUT_MS;
  for (;;) {
    const topic = await topicMetadata(cluster, name);
    if (topic.topicErrorCode === CODE.UNKNOWN_TOPIC) return null;
    const isReady = topic.topicErrorCode === CODE.NONE && topic.partitionMetadata.every(({ leader }) => leader >= 0);
    if (isReady) return topic;
    if (topic.topicErrorCode !== CODE.NONE && !isRetriable(topic.topicErrorCode)) {
      throw kafkaCodeError(topic.topicErrorCode, `describe topic ${name}`);
    }
    // Leaders may be away for long; publishing waits for them in its own way.
    if (clock.now() >= deadline) {
      if (topic.partitionMetadata.length > 0) return topic;
      throw kafkaCodeError(topic.topicErrorCode, `describe topic ${name}`);
    }
    await pause(clock, POLL_MS);
  }
}

/** A topic just created is not known to every broker at once. */
async function awaitTopic(cluster: KafkaCluster, name: string, clock: SinkClock): Promise<TopicMetadata> {
  const deadline = clock.now() + READY_TIMEOUT_MS;
  for (;;) {
    const topic = await findTopic(cluster, name, clock);
    if (topic !== null) return topic;
    if (clock.now() >= deadline)
      throw kafkaCodeError(CODE.LEADER_NOT_AVAILABLE, `show topic ${name} after creating it`);
    await pause(clock, POLL_MS);
  }
}

/** As the cluster knows it now. */
async function topicMetadata(cluster: KafkaCluster, name: string): Promise<TopicMetadata> {
  const { topicMetadata: topics } = await cluster.metadata([name]);
  const topic = topics.find((candidate) => candidate.topic === name);
  return topic ?? { topic: name, topicErrorCode: CODE.UNKNOWN_TOPIC, partitionMetadata: [] };
}

/** Creates the topic; false when someone else was faster. Errors: KAFKA_*, TOPIC_INVALID. */
async function createTopic(cluster: KafkaCluster, plan: TopicPlan, clock: SinkClock): Promise<boolean> {
  const deadline = clock.now() + READY_TIMEOUT_MS;
  for (;;) {
    const { code, text } = await requestCreation(cluster, plan, false);
    if (code === CODE.NONE) return true;
    if (code === CODE.TOPIC_EXISTS) return false;
    const mayPass = code === NOT_CONTROLLER || isRetriable(code);
    if (!mayPass || clock.now() >= deadline) throw kafkaCodeError(code, `create topic ${plan.name}`, text);
    await pause(clock, POLL_MS);
  }
}

/** Asks the cluster to create a topic, or with `validateOnly` whether it would. KRaft brokers pass it on to the controller. */
export async function requestCreation(
  cluster: KafkaCluster,
  plan: TopicPlan,
  validateOnly: boolean,
): Promise<CreationAnswer> {
  const configEntries = Object.entries(plan.config).map(([name, value]) => ({ name, value }));
  const topic = {
    topic: plan.name,
    numPartitions: plan.knownPartitions ?? plan.partitions,
    replicationFactor: plan.replicationFactor,
    configEntries,
  };
  const answer = await cluster.withAny((connection) =>
    connection.request(apiKeys.CreateTopics!, requests.CreateTopics, {
      topics: [topic],
      validateOnly,
      timeout: CREATE_TIMEOUT_MS,
    }),
  );
  const error = answer.topicErrors[0];
  return { code: error?.errorCode ?? CODE.NONE, text: error?.errorMessage ?? null };
}

/** max.message.bytes of the topic; Kafka's default where the principal may not read configurations. */
async function readMaxMessageBytes(cluster: KafkaCluster, topic: string): Promise<number> {
  const answer = await cluster.withAny((connection) =>
    connection.request(apiKeys.DescribeConfigs!, requests.DescribeConfigs, {
      resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: ['max.message.bytes'] }],
    }),
  );
  const entries = answer.resources[0]?.configEntries ?? [];
  const value = Number(entries.find((entry) => entry.configName === 'max.message.bytes')?.configValue ?? '');
  return Number.isSafeInteger(value) && value > 0 ? value : DEFAULT_MAX_MESSAGE_BYTES;
}
