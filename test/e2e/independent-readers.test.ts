import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsumedRecord, readAll } from '../support/consume.ts';
import { consoleConsumer, dumpLogSegments } from '../support/java.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { useServers } from '../support/servers.ts';
import { taskSpec } from '../support/task-spec.ts';

const ROWS = 3_000;
const PARTITIONS = 3;
const COMPRESSIONS = ['none', 'gzip'] as const;

describe('independent readers', () => {
  let scenario: Scenario;
  const topics = { none: '', gzip: '' };
  const records = { none: [] as ConsumedRecord[], gzip: [] as ConsumedRecord[] };

  beforeAll(async () => {
    scenario = await startScenario('readers');
    const { api, sql, db } = scenario;
    await sql.query(
      'create table words (id int primary key, v text); create table bare (v text); alter table bare replica identity full',
    );
    const tasks = [];
    for (const type of COMPRESSIONS) {
      topics[type] = `${db.name}.${type}`;
      const target = { brokers: [useServers().kafka.bootstrap], clientProperties: { 'compression.type': type } };
      const topic = { policy: 'fixed', name: topics[type], partitions: PARTITIONS };
      tasks.push(await api.run(taskSpec(db.config, ['public.*'], { target, routing: { topic } })));
    }
    await sql.query(`insert into words select g, repeat('wörd 🦆 ', g % 50) from generate_series(1, ${ROWS}) g`);
    for (let i = 0; i < 50; i++) await sql.query(`update words set v = 'single ${i}' where id = ${i + 1}`);
    await sql.query("insert into bare values ('no key'), (null)");
    await sql.query("update words set v = repeat('big', 300000) where id = 1");
    await sql.query('delete from words where id > 2900');
    for (const { id } of tasks) await api.finish(id);
    for (const type of COMPRESSIONS) records[type] = await readAll([topics[type]]);
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  const count = ROWS + 50 + 2 + 1 + 100;

  it.each(COMPRESSIONS)(
    'Kafka finds every batch with compression %s whole, its CRC right, and every record in it',
    async (type) => {
      const dump = await dumpLogSegments(segments(topics[type]));
      const batches = dump.split('\n').filter((line) => line.startsWith('baseOffset:'));
      expect(batches.length).toBeGreaterThan(PARTITIONS);
      for (const batch of batches) {
        expect(batch).toContain('isvalid: true');
        expect(batch).toContain('magic: 2');
        expect(batch).toContain(`compresscodec: ${type}`);
        expect(batch).toContain('isTransactional: false');
        expect(batch).toContain('CreateTime:');
        // Idempotent: every batch carries a producer id and its place in the session.
        expect(batch).toMatch(/producerId: \d+ producerEpoch: \d+/);
        expect(batch).not.toContain('baseSequence: -1 ');
      }
      const recordLines = dump.split('\n').filter((line) => line.startsWith('| offset:'));
      expect(recordLines).toHaveLength(count);
      expect(recordLines.filter((line) => line.includes('gausscast-id'))).toHaveLength(count);
    },
  );

  it('the Java console consumer reads the same keys, headers and values as kafkajs', async () => {
    const printed = [
      'print.partition=true',
      'print.offset=true',
      'print.headers=true',
      'print.key=true',
      'key.separator=\t',
    ];
    const text = await consoleConsumer(useServers().kafka.bootstrap, topics.gzip, count, [
      ...printed,
      'headers.separator=;',
    ]);
    const lines = text.split('\n').filter((line) => line.startsWith('Partition:'));
    const expected = records.gzip.map(({ partition, offset, headers, key, value }) => {
      const pairs = Object.entries(headers).map(([name, header]) => `${name}:${header}`);
      return [`Partition:${partition}`, `Offset:${offset}`, pairs.join(';'), key ?? 'null', value].join('\t');
    });
    expect(lines.sort()).toEqual(expected.sort());
  });

  it('compression changes the size and nothing else', () => {
    const contents = (list: ConsumedRecord[]) =>
      list
        .map(({ partition, key, value }) => `${partition} ${key} ${JSON.stringify(JSON.parse(String(value)).data)}`)
        .sort();
    expect(records.none).toHaveLength(count);
    expect(contents(records.gzip)).toEqual(contents(records.none));
  });
});

/** Segment files of all partitions of a topic. */
function segments(topic: string): string[] {
  const { dataFolder } = useServers().kafka;
  const folders = Array.from({ length: PARTITIONS }, (_, partition) => join(dataFolder, `${topic}-${partition}`));
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.log'))
      .map((file) => join(folder, file)),
  );
}
