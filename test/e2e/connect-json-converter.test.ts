import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsumedRecord } from '../support/consume.ts';
import { inChangeOrder } from '../support/format-records.ts';
import { COLUMNS, NAMES } from '../support/format-row.ts';
import { createStory, playStory } from '../support/format-story.ts';
import { runJavaSource } from '../support/java.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';

const READER = join(import.meta.dirname, '../fixtures/connect/ReadRecords.java');
const CONNECT = 'org.apache.kafka.connect.data';

/** [schema type, schema name, text], of structs and lists their parts. */
type Read = null | [type: string, name: string | null, text: string] | Read[] | { [field: string]: Read };
type Row = Record<string, Read>;
type Event = Record<'before' | 'after', Row | null> & Record<'source' | 'op' | 'transaction' | 'ts_ms', Read>;
type ReadRecord = { key: Row | null; value: Event | null };

const leaf = (name: string, text = COLUMNS[name]!.text): Read => {
  const [type, schemaName] = COLUMNS[name]!.connect;
  return [type, schemaName ?? null, text];
};

/** A row of all the values as a sink gets it, with Debezium's own times. */
const SAMPLE: Row = {
  ...Object.fromEntries(NAMES.map((name) => [name, leaf(name)])),
  loose: { scale: ['int32', null, '4'], value: ['bytes', null, '85'] },
  ratio: ['float64', null, '1.0E21'],
  flag: leaf('flag', 'true'),
  raw: leaf('raw', 'deadbeef00'),
  born: leaf('born', '19782'),
  at: leaf('at', '45296789012'),
  seen: leaf('seen', '1709210096789012'),
  moment: leaf('moment', '2024-02-29T11:30:00.500000Z'),
  span: leaf('span', '37091106789000'),
  tags: [['string', null, 'a'], ['string', null, 'b c'], null],
  numbers: [['int32', null, '1'], null, ['int32', null, '-3']],
};
const SMALL_CHANGED: Row = { ...SAMPLE, small: leaf('small', '7') };
const MOVED: Row = { ...SMALL_CHANGED, id: leaf('id', '9007199254740995') };
const NULLS: Row = Object.fromEntries(NAMES.map((name) => [name, null]));
const EMPTY: Row = {
  ...NULLS,
  id: leaf('id', '-9223372036854775808'),
  region: leaf('region', ''),
  medium: leaf('medium', '5'),
  code: leaf('code', '   '),
};
const keyOf = ({ region, id }: Row): Row => ({ region: region!, id: id! });
const unsent = (row: Row): Row => ({ ...row, doc: leaf('doc', '__debezium_unavailable_value') });
/** An old row that holds the key alone. */
const keyRow = (row: Row): Row => ({ ...NULLS, ...keyOf(row), medium: leaf('medium', '5'), code: leaf('code', '') });

describe("Kafka Connect's JsonConverter", () => {
  let scenario: Scenario;
  const read = new Map<string, ReadRecord[]>();
  const records = new Map<string, ConsumedRecord[]>();
  const variants = { debezium: {}, connect: { timePrecision: 'connect', profile: '2.7', decimalHandling: 'string' } };

  beforeAll(async () => {
    scenario = await startScenario('connectjson');
    const { sql, api, db } = scenario;
    await createStory(sql);
    const topicOf = (name: string) => `${db.name}.${name}`;
    const tasks: string[] = [];
    for (const [name, options] of Object.entries(variants)) {
      const envelope = { format: 'debezium-json', schemas: true, ...options };
      tasks.push(
        (await api.run(taskSpec(db.config, ['public.*'], { envelope, routing: fixedTopic(topicOf(name)) }))).id,
      );
    }
    await playStory(sql);
    for (const id of tasks) await api.finish(id);
    for (const name of Object.keys(variants)) {
      records.set(name, await inChangeOrder(topicOf(name)));
      read.set(name, await readByConnect(records.get(name)!));
    }
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  it('reads keys and rows as they were written, tombstones, and nulls as null', () => {
    const rows = read.get('debezium')!.map(({ key, value }) => ({
      key,
      ...(value && { op: (value.op as string[])[2], before: value.before, after: value.after }),
    }));
    const event = (op: string, row: Row, before: Row | null, after: Row | null) => ({
      key: keyOf(row),
      op,
      before,
      after,
    });
    const tombstone = (row: Row) => ({ key: keyOf(row) });
    const story = (fill: (row: Row) => Row, old: (row: Row) => Row, firstUpdate: Row | null) => [
      event('c', SAMPLE, null, SAMPLE),
      event('u', SAMPLE, firstUpdate, fill(SMALL_CHANGED)),
      event('d', SMALL_CHANGED, old(SMALL_CHANGED), null),
      tombstone(SMALL_CHANGED),
      event('c', MOVED, null, fill(MOVED)),
      event('c', EMPTY, null, EMPTY),
      event('d', MOVED, old(MOVED), null),
      tombstone(MOVED),
      event('d', EMPTY, old(EMPTY), null),
      tombstone(EMPTY),
    ];
    const whole = (row: Row) => row;
    expect(rows).toEqual([...story(unsent, keyRow, null), ...story(whole, whole, SAMPLE)]);
  });

  it('reads the source block as its schema has it', () => {
    for (const [i, { value }] of read.get('debezium')!.entries()) {
      if (value === null) continue;
      const { headers, value: bytes } = records.get('debezium')![i]!;
      const { payload } = JSON.parse(String(bytes));
      expect(value.source).toMatchObject({
        version: ['string', null, '3.6.0.Final'],
        snapshot: ['string', 'io.debezium.data.Enum', 'false'],
        db: ['string', null, scenario.db.name],
        sequence: ['string', null, payload.source.sequence],
        txId: ['int64', null, headers['gausscast-xid']],
        ts_ns: ['int64', null, `${payload.source.ts_us}000`],
        xmin: null,
        origin: null,
      });
      expect(value.transaction).toBeNull();
      expect(value.ts_ms).toEqual(['int64', null, String(payload.ts_ms)]);
    }
  });

  it("reads Connect's own dates and times, and decimals as text", () => {
    const [insert] = read.get('connect')!;
    expect(insert!.value!.after).toEqual({
      ...SAMPLE,
      amount: ['string', null, '1234567.50'],
      loose: ['string', null, '-0.01230'],
      born: ['int32', `${CONNECT}.Date`, '2024-02-29T00:00:00Z'],
      at: ['int32', `${CONNECT}.Time`, '1970-01-01T12:34:56.789Z'],
      seen: ['int64', `${CONNECT}.Timestamp`, '2024-02-29T12:34:56.789Z'],
    });
  });
});

async function readByConnect(records: readonly ConsumedRecord[]): Promise<ReadRecord[]> {
  const base64 = (bytes: Buffer | null) => bytes?.toString('base64') ?? '-';
  const stdin = records.map(({ key, value }) => `${base64(key)} ${base64(value)}\n`).join('');
  const printed = await runJavaSource(READER, [], { stdin });
  return printed
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ReadRecord);
}
