import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../support/api-client.ts';
import { leftovers, lsnNumber } from '../support/caught-up.ts';
import { readAll } from '../support/consume.ts';
import { type DrsRecord, inSourceOrder } from '../support/drs-record.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { taskSpec } from '../support/task-spec.ts';

const DDL = `
  create table typed (id bigint primary key, name text not null, email varchar(80), balance numeric(12,2), active boolean,
    data bytea, born date, seen timestamptz, tags text[], at timetz, code char(3), j jsonb, u uuid, f float8, iv interval);
  create table toasted (id int primary key, doc text, n int);
  alter table toasted alter column doc set storage external;
  create table full_rows (id int primary key, v text, doc text);
  alter table full_rows replica identity full;
  alter table full_rows alter column doc set storage external;
  create table composite (v text, b text, a int, primary key (a, b));
  create table moved (id text primary key, v int);
  create table keyless (a int, b text);
  alter table keyless replica identity full;
  create table parts (id int, at date, v text, primary key (id, at)) partition by range (at);
  create table parts_2024 partition of parts for values from ('2024-01-01') to ('2025-01-01');
  create table parts_2025 partition of parts for values from ('2025-01-01') to ('2026-01-01');
  create table "Odd ""Näme""" ("Wéird \\ Col" int primary key, "x""y" text);
  create table rolled_back (id int primary key);
  create table left_out (id int primary key);`;

const CHANGES = [
  `insert into typed values (9007199254740993, 'Zoë "q" \\ 王🦆', null, 12.5, true, '\\xdeadbeef', '2024-02-29',
     '2024-02-29 12:30:00+01', '{a,"b c",NULL}', '12:00:00+02', 'ab', '{"a":1}', '00000000-0000-0000-0000-00000000000a', 0.1, '1 month 2 days 03:04:05')`,
  "begin; update typed set email = 'z@example.org', name = E'tab\\there\\u0001'; delete from typed; commit",
  "insert into toasted values (1, repeat('x', 5000), 1)",
  'update toasted set n = 2',
  "insert into full_rows values (1, 'a', repeat('y', 5000))",
  "update full_rows set v = 'b'",
  'delete from full_rows',
  "insert into composite values ('v', 'b|1', 1)",
  "update composite set v = 'w'",
  "insert into moved values ('old', 1)",
  "update moved set id = 'new', v = 2",
  "insert into keyless values (1, 'x'), (1, 'x')",
  "update keyless set b = 'y' where ctid = (select min(ctid) from keyless)",
  'delete from keyless',
  "insert into parts values (1, '2024-06-01', 'a'), (2, '2025-06-01', 'b')",
  "update parts set v = 'c' where id = 2",
  'insert into "Odd ""Näme""" values (7, \'"\')',
  'begin; insert into rolled_back values (1); rollback',
  'begin; insert into rolled_back values (2); savepoint s; insert into rolled_back values (3); rollback to s; commit',
  'insert into left_out values (1)',
];

const TABLES = ['typed', 'toasted', 'full_rows', 'composite', 'moved', 'keyless', 'parts', 'Odd__N_me_', 'rolled_back'];

describe('the main job', () => {
  let scenario: Scenario;
  let task: Task;
  let records: DrsRecord[];
  let serverLsns: string[];
  const times = { start: 0, end: 0 };

  beforeAll(async () => {
    scenario = await startScenario('mainjob');
    const { sql, api, db } = scenario;
    await sql.query(DDL);
    task = await api.run(taskSpec(db.config, ['public.*'], { objects: { exclude: ['public.left_*'] } }));
    await sql.query("select pg_create_logical_replication_slot('witness_' || current_database(), 'test_decoding')");
    times.start = Date.now();
    for (const statement of CHANGES) await sql.query(statement);
    await api.finish(task.id);
    times.end = Date.now();
    records = inSourceOrder(await readAll(TABLES.map((table) => `${db.name}.public.${table}`)));
    const { rows } = await sql.query<{ lsn: string }>(
      `select lsn::text from pg_logical_slot_get_changes('witness_' || current_database(), null, null, 'include-xids', '0')
        where data like 'table %' and data not like 'table public.left_out%'`,
    );
    serverLsns = rows.map(({ lsn }) => lsn);
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  const of = (table: string) => records.filter(({ drs }) => drs.table === table);

  it('publishes an insert as drs-json, field by field and in this order', () => {
    const [insert] = of('typed');
    const cells = {
      id: ['bigint', -5, '9007199254740993'],
      name: ['text', -1, 'Zoë "q" \\ 王🦆'],
      email: ['character varying', 12, null],
      balance: ['numeric', 2, '12.50'],
      active: ['boolean', 16, 't'],
      data: ['bytea', -2, '\\xdeadbeef'],
      born: ['date', 91, '2024-02-29'],
      seen: ['timestamp with time zone', 2014, '2024-02-29 11:30:00+00'],
      tags: ['text[]', 2003, '{a,"b c",NULL}'],
      at: ['time with time zone', 2013, '12:00:00+02'],
      code: ['character', 1, 'ab '],
      j: ['jsonb', 1111, '{"a": 1}'],
      u: ['uuid', 1111, '00000000-0000-0000-0000-00000000000a'],
      f: ['double precision', 8, '0.1'],
      iv: ['interval', 1111, '1 mon 2 days 03:04:05'],
    };
    const column = (index: number) =>
      Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, cell[index]]));
    const { es, ts } = insert!.drs;
    const expected = {
      columnType: column(0),
      dbType: 'PostgreSQL',
      schema: 'public',
      opType: 'INSERT',
      id: insert!.number,
      es,
      ts,
      database: scenario.db.name,
      table: 'typed',
      type: 'INSERT',
      isDdl: false,
      sql: '',
      sqlType: column(1),
      data: [column(2)],
      old: null,
      pkNames: ['id'],
    };
    expect(insert!.text).toBe(JSON.stringify(expected));
  });

  it('publishes updates with the identity as old, and deletes with data null', () => {
    const [, update, remove] = of('typed');
    const key = [{ id: '9007199254740993' }];
    expect(update!.drs).toMatchObject({ opType: 'UPDATE', type: 'UPDATE', old: key });
    expect(update!.drs.data![0]).toMatchObject({ email: 'z@example.org', name: 'tab\there\u0001', balance: '12.50' });
    expect(Object.keys(update!.drs.data![0]!)).toHaveLength(15);
    expect(remove!.drs).toMatchObject({ opType: 'DELETE', type: 'DELETE', data: null, old: key });
    expect(update!.drs.es).toBe(remove!.drs.es);
  });

  it('gives commit time, time of sending and record time', () => {
    for (const { drs, timestamp } of records) {
      expect(drs.es).toBeGreaterThanOrEqual(times.start - 5);
      expect(drs.ts).toBeGreaterThanOrEqual(drs.es);
      expect(drs.ts).toBeLessThanOrEqual(times.end);
      expect(timestamp).toBeGreaterThanOrEqual(drs.es);
      expect(timestamp).toBeLessThanOrEqual(times.end);
    }
  });

  it('puts exactly the headers of the contract on every record', () => {
    const letters = { INSERT: 'c', UPDATE: 'u', DELETE: 'd' };
    for (const { headers, drs } of records) {
      expect(headers).toEqual({
        'gausscast-task': task.id,
        'gausscast-id': String(drs.id),
        'gausscast-op': letters[drs.type],
        'gausscast-table': `public.${drs.table}`,
        'gausscast-lsn': expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
        'gausscast-xid': expect.stringMatching(/^\d+$/),
      });
    }
    expect(records.map(({ headers }) => headers['gausscast-lsn'])).toEqual(serverLsns);
  });

  it('numbers the changes one by one from the clock in microseconds', () => {
    const first = records[0]!.number;
    expect(records.map(({ number }) => number)).toEqual(records.map((_, i) => first + i));
    expect(first / 1000).toBeLessThanOrEqual(times.start);
    expect(first / 1000).toBeGreaterThan(times.start - 300_000);
  });

  it('leaves out a cell that the server did not send', () => {
    const [insert, update] = of('toasted');
    expect(insert!.drs.data![0]!.doc).toHaveLength(5000);
    expect(update!.drs.data).toEqual([{ id: '1', n: '2' }]);
  });

  it('publishes whole old rows under REPLICA IDENTITY FULL', () => {
    const doc = 'y'.repeat(5000);
    const [, update, remove] = of('full_rows');
    expect(update!.drs.old).toEqual([{ id: '1', v: 'a', doc }]);
    expect(update!.drs.data![0]).toMatchObject({ id: '1', v: 'b' });
    expect(remove!.drs).toMatchObject({ data: null, old: [{ id: '1', v: 'b', doc }] });
  });

  it('writes composite keys in key order, whatever the order of the columns', () => {
    expect(of('composite').map(({ key }) => key?.toString())).toEqual(Array(2).fill('{"a":"1","b":"b|1"}'));
    expect(of('composite')[1]!.drs).toMatchObject({ pkNames: ['a', 'b'], old: [{ b: 'b|1', a: '1' }] });
  });

  it('sends a key change as one update under the new key, with the old key in old', () => {
    const [, change, ...rest] = of('moved');
    expect(rest).toEqual([]);
    expect(change!.key?.toString()).toBe('{"id":"new"}');
    expect(change!.drs).toMatchObject({ type: 'UPDATE', data: [{ id: 'new', v: '2' }], old: [{ id: 'old' }] });
  });

  it('captures a table without a key: no record key, all on one partition, equal rows and all', () => {
    const keyless = of('keyless');
    expect(keyless.map(({ drs }) => drs.type)).toEqual(['INSERT', 'INSERT', 'UPDATE', 'DELETE', 'DELETE']);
    expect(keyless.every(({ key, drs }) => key === null && drs.pkNames === null)).toBe(true);
    expect(new Set(keyless.map(({ partition }) => partition)).size).toBe(1);
    expect(keyless[2]!.drs).toMatchObject({ data: [{ a: '1', b: 'y' }], old: [{ a: '1', b: 'x' }] });
  });

  it('publishes partitions under their root', () => {
    expect(of('parts').map(({ key }) => key?.toString())).toEqual([
      '{"id":"1","at":"2024-06-01"}',
      '{"id":"2","at":"2025-06-01"}',
      '{"id":"2","at":"2025-06-01"}',
    ]);
  });

  it('takes quoted names as they are, and replaces in the topic what Kafka cannot name', () => {
    const [odd] = of('Odd "Näme"');
    expect(odd!.topic).toBe(`${scenario.db.name}.public.Odd__N_me_`);
    expect(odd!.key?.toString()).toBe(JSON.stringify({ 'Wéird \\ Col': '7' }));
    expect(odd!.drs.data).toEqual([{ 'Wéird \\ Col': '7', 'x"y': '"' }]);
  });

  it('never publishes what was rolled back, nor what was not selected', () => {
    expect(of('rolled_back').map(({ drs }) => drs.data)).toEqual([[{ id: '2' }]]);
    expect(records.length).toBe(serverLsns.length);
  });

  it('leaves nothing behind when it is stopped, and tells what it did', async () => {
    expect(await leftovers(scenario.sql)).toEqual({ slots: [`witness_${scenario.db.name}`], publications: [] });
    const { records: totals, tables, state } = await scenario.api.progress(task.id);
    expect(state).toBe('COMPLETED');
    expect(totals).toMatchObject({ published: records.length, deadLettered: 0 });
    expect(tables).toContainEqual(expect.objectContaining({ table: 'typed', inserted: 1, updated: 1, deleted: 1 }));
    const codes = (await scenario.api.events(task.id)).map(({ code }) => code);
    expect(codes).toContain('TASK_CREATED');
    expect(new Set(serverLsns.map(lsnNumber)).size).toBe(serverLsns.length);
  });
});
