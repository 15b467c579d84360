import { topicName } from '../pipeline/route.ts';
import { compileSelection } from '../pipeline/select.ts';
import type { TargetPrecheckRequest } from '../sink/sink.ts';
import type { SourcePrecheckRequest, SourceTable } from '../source/source.ts';
import type { Store, StoredTask } from '../store/store.ts';
import { namesOf } from './service-deps.ts';
import { type TaskSpec, toDecoding, toHeartbeat, toKafkaEndpoint, toSourceEndpoint } from './spec.ts';

/** What the source is asked for a task. */
export function sourceRequest(store: Store, task: StoredTask, spec: TaskSpec): SourcePrecheckRequest {
  const { slot, managedPublication } = namesOf(store, task, spec.source);
  const selection = compileSelection(spec.objects);
  return {
    endpoint: toSourceEndpoint(spec.source),
    slot,
    // A slot the task has a position in is the task's own to read, whoever made it.
    slotOwned: store.streams(task.id).some((stream) => stream.slotOwned || stream.checkpoint !== null),
    userPublication: spec.source.publication ?? null,
    managedPublication,
    decoding: toDecoding(spec.source),
    heartbeat: toHeartbeat(spec.source),
    select: (tables) => selection.select(tables),
  };
}

/** What Kafka is asked: the topics that the selected tables go to. */
export function targetRequest(
  store: Store,
  task: StoredTask,
  spec: TaskSpec,
  tables: readonly SourceTable[],
): TargetPrecheckRequest {
  const policy = spec.routing.topic;
  const { database } = spec.source;
  const tablesByTopic = new Map<string, string[]>();
  for (const { schema, table } of tables) {
    const name = topicName(policy, { database, schema, table });
    const known = tablesByTopic.get(name);
    if (known) known.push(`${schema}.${table}`);
    else tablesByTopic.set(name, [`${schema}.${table}`]);
  }
  const { partitions, replicationFactor, config } = policy;
  const topics = [...tablesByTopic].map(([name, names]) => ({
    plan: {
      name,
      partitions,
      replicationFactor,
      config,
      create: true,
      knownPartitions: store.topicPartitions(task.id, name),
    },
    tables: names,
    sharedOnPurpose: policy.policy === 'fixed',
  }));
  return { endpoint: toKafkaEndpoint(spec.target), topics, clientId: `gausscast-${task.id}` };
}
