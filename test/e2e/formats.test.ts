import { describe, expect, it } from 'vitest';
import { caughtUp, currentLsn, lsnNumber, slotRow } from '../support/caught-up.ts';
import { type ConsumedRecord, readAll } from '../support/consume.ts';
import { splitSchema } from '../support/format-debezium.ts';
import { inChangeOrder } from '../support/format-records.ts';
import { createStory, playStory, STORY } from '../support/format-story.ts';
import { eventually } from '../support/poll.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { proxiedKafka } from '../support/servers.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';

/** Options of each format, and the records that one round of the story makes: a delete and a key change may be several. */
const FORMATS = {
  'drs-json-c': { options: {}, records: STORY.length },
  'canal-json': { options: {}, records: STORY.length },
  'flat-json': { options: { unwrap: { sourceFields: ['lsn', 'sequence', 'ts_ms', 'id'] } }, records: STORY.length + 2 },
  'debezium-json': { options: { schemas: true }, records: STORY.length + 8 },
} as const;
/** No request without rows is as large. */
const ROW_BYTES = 20_000;

describe('kill -9 in every JSON format', () => {
  it('repeats records as they were, but for the time of sending and the run', async () => {
    await using kafka = await proxiedKafka();
    await using scenario = await startScenario('repeated');
    const { api, sql, service } = scenario;
    const { bootstrap } = kafka.server;
    await createStory(sql);
    const tasks = await startFormats(scenario, kafka.proxiedBootstrap);
    const countOf = async (topic: string) => (await readAll([topic], { bootstrap })).length;
    await playStory(sql);
    await storedBehindLastCommit(scenario, tasks);
    kafka.proxy.hold();
    await playStory(sql);
    await eventually('rows of all tasks on their way', () => {
      const carriers = kafka.proxy.connections.filter(({ heldBytes }) => heldBytes > ROW_BYTES);
      return carriers.length >= tasks.length;
    });
    await service.kill9();
    kafka.proxy.release();
    for (const { topic, records } of tasks) {
      await eventually(`late records in ${topic}`, async () => (await countOf(topic)) > records);
    }
    await service.restart();
    for (const { id } of tasks) await caughtUp(api, id, sql);
    for (const { topic, records } of tasks) {
      const arrived = await inChangeOrder(topic, { bootstrap });
      const firsts = new Map(arrived.toReversed().map((record) => [identity(record), record]));
      expect(firsts.size, topic).toBe(2 * records);
      expect(arrived.length, topic).toBeGreaterThan(2 * records);
      const asFirst = arrived.map((record) => firsts.get(identity(record))!);
      expect(arrived.map(lasting)).toEqual(asFirst.map(lasting));
    }
  }, 120_000);
});

type FormatTask = { readonly id: string; readonly slot: string; readonly topic: string; readonly records: number };

function startFormats({ api, db }: Scenario, broker: string): Promise<FormatTask[]> {
  return Promise.all(
    Object.entries(FORMATS).map(async ([format, { options, records }]) => {
      const topic = `${db.name}.${format}`;
      const changes = { target: { brokers: [broker] }, envelope: { format, ...options }, routing: fixedTopic(topic) };
      const { id, slot } = await api.run(taskSpec(db.config, ['public.*'], changes));
      return { id, slot, topic, records };
    }),
  );
}

/** A stream that is idle stores positions beyond the last commit: it must not forget which transaction was the last. */
async function storedBehindLastCommit({ api, sql }: Scenario, tasks: readonly FormatTask[]): Promise<void> {
  await sql.query("select pg_logical_emit_message(false, 'not a commit', '')");
  const end = lsnNumber(await currentLsn(sql));
  for (const { id } of tasks) await caughtUp(api, id, sql);
  await eventually('the idle position to be stored', async () => {
    const slots = await Promise.all(tasks.map(({ slot }) => slotRow(sql, slot)));
    return slots.every((slot) => lsnNumber(slot!.confirmed!) >= end);
  });
}

function identity({ headers, key, value }: ConsumedRecord): string {
  return [headers['gausscast-id'], headers['gausscast-op'], key, value === null].join(' ');
}

/** What a repeated record must share with the first. */
function lasting({ key, value, headers, partition }: ConsumedRecord) {
  const { '__debezium.context.runId': _, ...lastingHeaders } = headers;
  const sent = /"ts":\d+|(?<="op":"\w",)"ts_ms":\d+,"ts_us":\d+,"ts_ns":\d+/;
  return { key: String(key), value: String(value).replace(sent, ''), headers: lastingHeaders, partition };
}

describe('DDL between changes', () => {
  const ID = { type: 'int32', optional: false };
  const TEXT = { type: 'string', optional: false };
  const OPTIONAL_TEXT = { type: 'string', optional: true };
  const DECIMAL = { type: 'bytes', optional: false, default: 'AJY=' };
  const OPTIONAL_DECIMAL = { type: 'bytes', optional: true };

  /** A statement, and the columns of a row that is inserted after it. */
  const STEPS = [
    ['create type unrelated as enum ()', { id: ID, a: TEXT }],
    ['alter table evolving add column b numeric(6,2) not null default 1.5', { id: ID, a: TEXT, b: DECIMAL }],
    ['alter table evolving alter column a drop not null', { id: ID, a: OPTIONAL_TEXT, b: DECIMAL }],
    [
      'alter table evolving alter column b set default 2.25',
      { id: ID, a: OPTIONAL_TEXT, b: { ...DECIMAL, default: 'AOE=' } },
    ],
    ['alter table evolving alter column b drop not null', { id: ID, a: OPTIONAL_TEXT, b: OPTIONAL_DECIMAL }],
    [
      'alter table evolving alter column a set default $$new$$, alter column a set not null',
      { id: ID, a: { ...TEXT, default: 'new' }, b: OPTIONAL_DECIMAL },
    ],
    ['alter table evolving drop column b', { id: ID, a: { ...TEXT, default: 'new' } }],
    ['alter table evolving alter column a drop default', { id: ID, a: TEXT }],
  ] as const;

  it('is in the schema of the records after it, also when it was done while the service was down', async () => {
    await using scenario = await startScenario('formatddl');
    const { api, sql, db, service } = scenario;
    await sql.query('create table evolving (id int primary key, a text not null)');
    const topic = `${db.name}.evolving`;
    const changes = { envelope: { format: 'debezium-json', schemas: true }, routing: fixedTopic(topic, 1) };
    const task = await api.run(taskSpec(db.config, ['public.evolving'], changes));
    for (const [i, [statement]] of STEPS.entries()) {
      const isLast = i === STEPS.length - 1;
      if (isLast) await service.kill9();
      await sql.query(statement);
      await sql.query(`insert into evolving (id, a) values (${i}, 'row')`);
      if (isLast) await service.restart();
      await caughtUp(api, task.id, sql);
    }
    // What was sent again after the kill is told as the table is by then.
    const byRow = new Map((await inChangeOrder(topic)).reverse().map(({ key, value }) => [String(key), String(value)]));
    expect([...byRow.values()].reverse().map(columnsOf)).toEqual(STEPS.map(([, columns]) => columns));
  });
});

/** Type, optional and default of each column of `after`. */
function columnsOf(text: string): Record<string, unknown> {
  const { schema } = splitSchema(text);
  const after = schema.fields!.find(({ field }) => field === 'after')!;
  const facts = after.fields!.map(({ field, type, optional, default: value }) => {
    return [field, { type, optional, ...(value !== undefined && { default: value }) }] as const;
  });
  return Object.fromEntries(facts);
}
