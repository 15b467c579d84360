import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lsnNumber } from '../support/caught-up.ts';
import type { ConsumedRecord } from '../support/consume.ts';
import { debezium, expectedFields, type Profile, splitSchema } from '../support/format-debezium.ts';
import { comparable, inChangeOrder, withoutPartitionKey } from '../support/format-records.ts';
import { createStory, playStory, STORY, TABLES } from '../support/format-story.ts';
import { expectedPartition } from '../support/partition.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';

const PARTITIONS = 3;
const SERVER = 'shop';

const VARIANTS: Readonly<Record<string, { profile: Profile; schemas: boolean; key?: 'string' | 'debezium' }>> = {
  '3.6': { profile: '3.6', schemas: false },
  '3.6 with schemas': { profile: '3.6', schemas: true },
  '2.7': { profile: '2.7', schemas: false, key: 'debezium' },
  '2.7 with schemas': { profile: '2.7', schemas: true },
  mysql: { profile: 'mysql', schemas: false },
  'mysql with schemas': { profile: 'mysql', schemas: true },
  'string key': { profile: '3.6', schemas: false, key: 'string' },
};
const NAMES = Object.keys(VARIANTS);
const WITH_SCHEMAS = NAMES.filter((name) => VARIANTS[name]!.schemas);

describe('debezium-json', () => {
  let scenario: Scenario;
  const records = new Map<string, ConsumedRecord[]>();
  /** End of each transaction by xid, as another slot on the same changes tells it. */
  const commits = new Map<string, bigint>();
  const times = { start: 0, end: 0 };

  beforeAll(async () => {
    scenario = await startScenario('debezium');
    const { sql, api, db } = scenario;
    await createStory(sql);
    const tasks: string[] = [];
    for (const name of NAMES) {
      const envelope = { format: 'debezium-json', serverName: SERVER, ...VARIANTS[name] };
      const routing = fixedTopic(topicOf(name), PARTITIONS);
      tasks.push((await api.run(taskSpec(db.config, ['public.*'], { envelope, routing }))).id);
    }
    await sql.query("select pg_create_logical_replication_slot('witness_' || current_database(), 'test_decoding')");
    times.start = Date.now();
    await playStory(sql);
    for (const id of tasks) await api.finish(id);
    times.end = Date.now();
    for (const name of NAMES) records.set(name, await inChangeOrder(topicOf(name)));
    const { rows } = await sql.query<{ lsn: string; xid: string }>(
      `select lsn::text, xid::text from pg_logical_slot_get_changes('witness_' || current_database(), null, null,
        'skip-empty-xacts', '1') where data like 'COMMIT%'`,
    );
    for (const { lsn, xid } of rows) commits.set(xid, lsnNumber(lsn));
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  const topicOf = (name: string) => `${scenario.db.name}.${name.replaceAll(' ', '_')}`;
  const expectedOf = (name: string) => {
    const { profile, key } = VARIANTS[name]!;
    const format = { profile, serverName: SERVER, database: scenario.db.name, hasStringKey: key === 'string' };
    return STORY.flatMap((change) => debezium(change, format));
  };
  const texts = (name: string) =>
    records.get(name)!.map(({ key, value }) => ({ key: key!.toString(), value: value?.toString() ?? null }));
  const payload = (text: string) => (text.startsWith('{"schema":') ? splitSchema(text).payload : text);

  it.each(NAMES)('%s: keys, values, tombstones and headers, byte for byte', (name) => {
    const arrived = records.get(name)!.map((record) => ({
      ...comparable({ ...record, value: record.value && Buffer.from(payload(String(record.value))) }),
      key: payload(String(record.key)),
    }));
    expect(arrived).toEqual(expectedOf(name).map(withoutPartitionKey));
  });

  it.each(NAMES)('%s: every record in the partition of its row, whatever its own key', (name) => {
    const { name: database } = scenario.db;
    const partitions = expectedOf(name).map(({ table, partitionKey }) => {
      const key = Buffer.from(partitionKey!);
      return expectedPartition('primary-key-hash', { database, schema: 'public', table }, key, PARTITIONS);
    });
    expect(records.get(name)!.map(({ partition }) => partition)).toEqual(partitions);
  });

  it.each(NAMES)('%s: position, transaction and times agree with the headers and the server', (name) => {
    const ends = [...commits];
    for (const { value, headers } of records.get(name)!) {
      if (value === null) continue;
      const { source, ts_ms } = JSON.parse(payload(String(value))) as Payload;
      const lsn = lsnNumber(headers['gausscast-lsn']!);
      const before = ends[ends.findIndex(([xid]) => xid === headers['gausscast-xid']) - 1]?.[1];
      expect(source.sequence).toBe(before === undefined ? `[null,"${lsn}"]` : `["${before}","${lsn}"]`);
      expect(BigInt(source.lsn ?? source.pos!)).toBe(lsn);
      if (source.txId !== undefined) expect(String(source.txId)).toBe(headers['gausscast-xid']);
      expect(source.ts_ms).toBeGreaterThanOrEqual(times.start - 5);
      expect(ts_ms).toBeGreaterThanOrEqual(source.ts_ms);
      expect(ts_ms).toBeLessThanOrEqual(times.end);
      expect(String(value)).toContain(`"ts_us":${source.ts_us},"ts_ns":${source.ts_us}000`);
      expect(Math.floor(source.ts_us / 1000)).toBe(source.ts_ms);
    }
    expect(commits.size).toBe(6);
  });

  it.each(WITH_SCHEMAS)('%s: one schema per table, of key and value', (name) => {
    for (const table of Object.keys(TABLES)) {
      const base = `${SERVER}.public.${table}`;
      const ofTable = texts(name).filter((_, i) => expectedOf(name)[i]!.table === table);
      const values = new Set(
        ofTable.flatMap(({ value }) => (value ? [JSON.stringify(splitSchema(value).schema)] : [])),
      );
      const keys = new Set(ofTable.map(({ key }) => JSON.stringify(splitSchema(key).schema)));
      expect([...keys]).toEqual([
        '{"type":"struct","fields":[{"type":"string","optional":false,"field":"region"},' +
          `{"type":"int64","optional":false,"field":"id"}],"optional":false,"name":"${base}.Key"}`,
      ]);
      expect(values.size).toBe(1);
      const schema = JSON.parse([...values][0]!);
      expect(schema).toMatchObject({ type: 'struct', optional: false, name: `${base}.Envelope`, version: 2 });
      for (const row of [schema.fields[0], schema.fields[1]]) {
        expect(row).toMatchObject({ type: 'struct', optional: true, name: `${base}.Value` });
        expect(row.fields).toMatchObject(expectedFields());
        expect(row.fields[3]).toEqual({ type: 'int32', optional: false, default: 5, field: 'medium' });
      }
      const connector = VARIANTS[name]!.profile === 'mysql' ? 'mysql' : 'postgresql';
      expect(schema.fields[2].name).toBe(`io.debezium.connector.${connector}.Source`);
    }
  });
});

describe('a table without a key', () => {
  it.each(['debezium-json', 'flat-json'])(
    'has no keys in %s: all in the partition of the table, tombstones too',
    async (format) => {
      await using scenario = await startScenario('keyless');
      const { api, sql, db } = scenario;
      await sql.query('create table bare (v text, n int); alter table bare replica identity full');
      const topic = `${db.name}.bare`;
      const envelope = { format, ...(format === 'flat-json' && { unwrap: { op: '__op' } }) };
      const task = await api.run(
        taskSpec(db.config, ['public.bare'], { envelope, routing: fixedTopic(topic, PARTITIONS) }),
      );
      await sql.query("insert into bare values ('a', 1)");
      await sql.query("update bare set v = 'b'");
      await sql.query('delete from bare');
      await api.finish(task.id);
      const arrived = await inChangeOrder(topic);
      const place = { database: db.name, schema: 'public', table: 'bare' };
      const partition = expectedPartition('table-hash', place, null, PARTITIONS);
      expect(arrived.map((record) => [record.key, record.partition])).toEqual(Array(4).fill([null, partition]));
      const events = arrived.slice(0, 3).map(({ value }) => JSON.parse(String(value)));
      const rows =
        format === 'flat-json' ? events : events.map(({ before, after, op }) => ({ ...(after ?? before), __op: op }));
      expect(rows).toEqual([
        { v: 'a', n: 1, __op: 'c' },
        { v: 'b', n: 1, __op: 'u' },
        { v: 'b', n: 1, __op: 'd' },
      ]);
      expect(arrived.at(-1)!.value).toBeNull();
    },
  );
});

type Source = { sequence: string; lsn?: number; pos?: number; txId?: number; ts_ms: number; ts_us: number };
type Payload = { source: Source; ts_ms: number };
