import { isDeepStrictEqual } from 'node:util';
import { CdcError } from '../domain/errors.ts';
import type { Relation, TableDescription } from '../domain/relation.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { type Binding, type BindingCounters, compileBinding } from '../pipeline/binding.ts';
import { topicName } from '../pipeline/route.ts';
import type { SinkSession, TopicTarget } from '../sink/sink.ts';
import type { Catalog } from '../source/source.ts';
import type { NewEvent, Store } from '../store/store.ts';
import type { PartitionWatch } from './partition-watch.ts';
import type { TaskSpec } from './spec.ts';
import { describeFromStore, storedDescription } from './stored-description.ts';

export interface PreparerParts {
  readonly taskId: string;
  readonly node: string;
  readonly spec: TaskSpec;
  readonly store: Store;
  readonly sink: SinkSession;
  readonly watch: PartitionWatch;
  readonly envelope: Envelope;
  readonly matches: (schema: string, table: string) => boolean;
  readonly withCatalog: <T>(use: (catalog: Catalog) => Promise<T>) => Promise<T>;
  readonly counters: (schema: string, table: string, topic: string) => BindingCounters;
  readonly event: (event: NewEvent) => void;
}

/** Makes relations ready for publishing: catalog facts, topic, compiled encoder. One per stream session. */
export class RelationPreparer {
  readonly #parts: PreparerParts;
  readonly #shapes = new Map<number, Relation>();

  constructor(parts: PreparerParts) {
    this.#parts = parts;
  }

  /** Null when the relation is not selected. Errors: RELATION_UNKNOWN, TOPIC_*, KAFKA_*, SOURCE_*. */
  async prepare(relation: Relation): Promise<Binding | null> {
    const { spec, taskId, envelope } = this.#parts;
    if (!this.#parts.matches(relation.schema, relation.table)) return null;
    this.#reportChange(relation);
    const description = await this.#describe(relation);
    const { database, dialect } = spec.source;
    const { schema, table } = relation;
    const topic = await this.#openTopic(topicName(spec.routing.topic, { database, schema, table }));
    return compileBinding({
      taskId,
      taskName: spec.name,
      database,
      dialect,
      node: null,
      description,
      envelope,
      recordKey: spec.envelope.key,
      policy: spec.routing.partition,
      topic,
      counters: this.#parts.counters(schema, table, topic.name),
    });
  }

  async #describe(relation: Relation): Promise<TableDescription> {
    const { store, taskId, node, event } = this.#parts;
    const described = await this.#parts.withCatalog((catalog) => catalog.describe(relation));
    if (described) {
      store.putRelation(taskId, { node, oid: relation.oid, description: storedDescription(described) });
      return described;
    }
    const known = store.relation(taskId, node, relation.oid);
    const name = `${relation.schema}.${relation.table}`;
    if (!known)
      throw new CdcError('RELATION_UNKNOWN', `table ${name} was dropped before its changes could be described`);
    event({
      level: 'warn',
      code: 'TABLE_DROPPED',
      message: `${name} no longer exists; its last changes are published as it was known`,
      actor: 'system',
    });
    return describeFromStore(relation, known.description);
  }

  async #openTopic(name: string): Promise<TopicTarget> {
    const { store, taskId, sink, event } = this.#parts;
    const wanted = this.#parts.spec.routing.topic;
    const known = store.topicPartitions(taskId, name);
    const topic = await sink.openTopic({
      name,
      partitions: wanted.partitions,
      replicationFactor: wanted.replicationFactor,
      config: wanted.config,
      create: true,
      knownPartitions: known,
    });
    if (topic.actualPartitions > topic.partitions) this.#parts.watch.report(name);
    if (known === null) store.putTopicPartitions(taskId, name, topic.partitions);
    if (topic.created)
      event({
        level: 'info',
        code: 'TOPIC_CREATED',
        message: `topic ${name} created`,
        data: { partitions: topic.partitions },
        actor: 'system',
      });
    return topic;
  }

  #reportChange(relation: Relation): void {
    const before = this.#shapes.get(relation.oid);
    this.#shapes.set(relation.oid, relation);
    // Announced again without a change of its shape: only what the catalog says may be new.
    if (before === undefined || isSameShape(before, relation)) return;
    const names = (shape: Relation) => shape.columns.map((column) => column.name);
    this.#parts.event({
      level: 'warn',
      code: 'RELATION_CHANGED',
      message: `${relation.schema}.${relation.table} changed its shape; changes from here on carry the new one`,
      data: { before: names(before), after: names(relation) },
      actor: 'system',
    });
  }
}

function isSameShape(one: Relation, other: Relation): boolean {
  const shape = ({ schema, table, replicaIdentity, columns }: Relation) => ({
    schema,
    table,
    replicaIdentity,
    columns,
  });
  return isDeepStrictEqual(shape(one), shape(other));
}
