import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caughtUp } from '../support/caught-up.ts';
import { type ConsumedRecord, readAll } from '../support/consume.ts';
import { parseDrs } from '../support/drs-record.ts';
import { expectedPartition, type PartitionPolicy } from '../support/partition.ts';
import { eventually } from '../support/poll.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { freshTopicPrefix, useServers } from '../support/servers.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';

const DDL = `
  create table keyed (id int primary key, v text);
  create table pair (b text, a int, primary key (a, b));
  create table bare (v text);
  alter table bare replica identity full;
  create schema other;
  create table other.keyed (id int primary key, v text);`;

const CHANGES = [
  "insert into keyed select g, 'ü' || g from generate_series(1, 40) g",
  "insert into pair select 'k\"' || g, g from generate_series(1, 40) g",
  "insert into bare select 'row ' || g from generate_series(1, 10) g",
  'insert into other.keyed select g from generate_series(1, 40) g',
  "update keyed set v = 'new'",
  'delete from pair where a < 20',
];
const CHANGE_COUNT = 40 + 40 + 10 + 40 + 40 + 19;

const POLICIES: readonly PartitionPolicy[] = [
  'table-hash',
  'primary-key-hash',
  'schema-hash',
  'partition-0',
  'record-key',
];

/** How each policy's task names its topic: both kinds of template, odd characters, fixed topics, an existing one. */
const unique = freshTopicPrefix('tp');
const ROUTING: Record<PartitionPolicy, { topic: Record<string, unknown>; partitions: number }> = {
  'table-hash': {
    topic: {
      policy: 'auto',
      template: `${unique}-\${table}/of \${schema}@\${database}`,
      partitions: 5,
      config: { 'retention.ms': '86400000', 'max.message.bytes': '2000000' },
    },
    partitions: 5,
  },
  'primary-key-hash': {
    topic: { policy: 'auto', template: `${unique}.#{source_db_name}.#{source_table_name}.\${schema}`, partitions: 7 },
    partitions: 7,
  },
  'schema-hash': { topic: fixedTopic(`${unique}-schema`, 4).topic as Record<string, unknown>, partitions: 4 },
  'partition-0': { topic: fixedTopic(`${unique}-existing`, 9).topic as Record<string, unknown>, partitions: 2 },
  'record-key': { topic: { policy: 'auto' }, partitions: 3 },
};

describe('topics and partitions', () => {
  let scenario: Scenario;
  const admin = new Kafka({ brokers: [useServers().kafka.bootstrap], logLevel: logLevel.NOTHING }).admin();
  const records = new Map<PartitionPolicy, ConsumedRecord[]>();
  const taskIds = new Map<PartitionPolicy, string>();

  beforeAll(async () => {
    scenario = await startScenario('topics');
    const { api, sql, db } = scenario;
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: `${unique}-existing`, numPartitions: 2, replicationFactor: 1 }] });
    await sql.query(DDL);
    const specOf = (policy: PartitionPolicy) =>
      taskSpec(db.config, ['public.*', 'other.keyed'], {
        routing: { partition: policy, topic: ROUTING[policy].topic },
      });
    const tasks = await Promise.all(POLICIES.map((policy) => api.run(specOf(policy))));
    for (const statement of CHANGES) await sql.query(statement);
    for (const { id } of tasks) await caughtUp(api, id, sql);
    for (const [i, policy] of POLICIES.entries()) {
      const { tables } = await api.progress(tasks[i]!.id);
      taskIds.set(policy, tasks[i]!.id);
      records.set(policy, await readAll([...new Set(tables.map(({ topic }) => topic))]));
    }
  });

  afterAll(async () => {
    await admin.disconnect();
    await scenario?.[Symbol.asyncDispose]();
  });

  it.each(POLICIES)('puts every record where %s says', (policy) => {
    const arrived = records.get(policy)!;
    expect(arrived).toHaveLength(CHANGE_COUNT);
    for (const record of arrived) {
      const { database, schema, table } = parseDrs(record).drs;
      const place = { database, schema, table };
      const expected = expectedPartition(policy, place, record.key, ROUTING[policy].partitions);
      expect(record.partition, `${schema}.${table} ${record.key}`).toBe(expected);
    }
  });

  it('spreads keys over the partitions where the policy says so', () => {
    const used = (policy: PartitionPolicy, table: string) => {
      const ofTable = records.get(policy)!.filter((record) => parseDrs(record).drs.table === table);
      return new Set(ofTable.map(({ partition }) => partition)).size;
    };
    expect(used('primary-key-hash', 'pair')).toBe(7);
    expect(used('record-key', 'pair')).toBe(3);
    expect(used('table-hash', 'pair')).toBe(1);
    expect(used('primary-key-hash', 'bare')).toBe(1);
  });

  it('makes topics by the template with what Kafka cannot name replaced', async () => {
    const { name } = scenario.db;
    const topicsOf = (policy: PartitionPolicy) => [...new Set(records.get(policy)!.map(({ topic }) => topic))].sort();
    const tables = ['bare_of_public', 'keyed_of_other', 'keyed_of_public', 'pair_of_public'];
    expect(topicsOf('table-hash')).toEqual(tables.map((table) => `${unique}-${table}_${name}`));
    const plain = ['bare.public', 'keyed.other', 'keyed.public', 'pair.public'];
    expect(topicsOf('primary-key-hash')).toEqual(plain.map((table) => `${unique}.${name}.${table}`));
    expect(topicsOf('schema-hash')).toEqual([`${unique}-schema`]);
    const byDefault = ['other.keyed', 'public.bare', 'public.keyed', 'public.pair'];
    expect(topicsOf('record-key')).toEqual(byDefault.map((table) => `${name}.${table}`));
  });

  it('makes topics with the partitions and settings asked for, and leaves existing ones as they are', async () => {
    const made = `${unique}-keyed_of_public_${scenario.db.name}`;
    const topics = [made, `${unique}-schema`, `${unique}-existing`];
    const { topics: metadata } = await admin.fetchTopicMetadata({ topics });
    const partitions = new Map(metadata.map(({ name, partitions }) => [name, partitions.length]));
    expect(topics.map((topic) => partitions.get(topic))).toEqual([5, 4, 2]);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: made }],
    });
    const settings = new Map(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    expect(settings.get('retention.ms')).toBe('86400000');
    expect(settings.get('max.message.bytes')).toBe('2000000');
  });
  it('keeps to the partitions a topic had at first, says so when some are added, and moves no key', async () => {
    const { api, sql, service } = scenario;
    const topic = `${unique}-schema`;
    const id = taskIds.get('schema-hash')!;
    await admin.createPartitions({ topicPartitions: [{ topic, count: 11 }] });
    await service.terminate();
    await service.restart();
    await sql.query("update keyed set v = 'after'");
    await caughtUp(api, id, sql);
    await eventually('the event', async () => (await api.events(id)).some(({ code }) => code === 'PARTITIONS_ADDED'));
    const later = (await readAll([topic])).filter((record) => parseDrs(record).drs.data?.[0]?.v === 'after');
    expect(later).toHaveLength(40);
    const place = { database: scenario.db.name, schema: 'public', table: 'keyed' };
    for (const { partition, key } of later) expect(partition).toBe(expectedPartition('schema-hash', place, key, 4));
  });
});
