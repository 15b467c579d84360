import type pg from 'pg';

/** A table of the load. Rows are known by a number, from which their key follows; `version` tells who wrote a change and in what order. */
export type LoadTable = {
  /** As the header `gausscast-table` names it. */
  name: string;
  sql: string;
  topic: string;
  /** Whether records carry a key; without one they go to the table's own partition. */
  hasKey: boolean;
  idColumn: string;
  /** Columns and values that tell row `id` from others, in the order of the primary key. */
  key(id: number): readonly (readonly [column: string, value: string])[];
};

export const LOAD_SCHEMA = 'load';

/** Ids of writer w are w * WRITER_RANGE and above: no two writers ever touch the same row. */
export const WRITER_RANGE = 10_000_000;

export const LOAD_TABLES: readonly LoadTable[] = [
  {
    name: 'load.plain',
    sql: 'load.plain',
    topic: 'plain',
    hasKey: true,
    idColumn: 'id',
    key: (id) => [['id', String(id)]],
  },
  {
    name: 'load.Order Lines',
    sql: 'load."Order Lines"',
    topic: 'Order_Lines',
    hasKey: true,
    idColumn: 'Order "Id"',
    key: (id) => [
      ['line.no', String(id % 7)],
      ['Order "Id"', String(id)],
    ],
  },
  {
    name: 'load.keyless',
    sql: 'load.keyless',
    topic: 'keyless',
    hasKey: false,
    idColumn: 'id',
    key: (id) => [['id', String(id)]],
  },
  {
    name: 'load.parts',
    sql: 'load.parts',
    topic: 'parts',
    hasKey: true,
    idColumn: 'id',
    key: (id) => [
      ['region', regionOf(id)],
      ['id', String(id)],
    ],
  },
];

/** The column order differs from the key order on purpose; `doc` is stored out of line, so that an update may leave it out. */
const DDL = `
  create schema load;
  create table load.plain (id bigint primary key, version int not null, note text, doc text);
  create table load."Order Lines" ("Order ""Id""" bigint, "line.no" int, version int not null, note text, doc text,
    primary key ("line.no", "Order ""Id"""));
  create table load.keyless (id bigint not null, version int not null, note text, doc text);
  create table load.parts (id bigint, region text, version int not null, note text, doc text, primary key (region, id))
    partition by list (region);
  create table load.parts_a partition of load.parts for values in ('a');
  create table load.parts_b partition of load.parts for values in ('b');
  alter table load.plain alter column doc set storage external;
  alter table load."Order Lines" alter column doc set storage external;
  alter table load.keyless replica identity full;
  alter table load.parts_a replica identity full;`;

export async function createLoadTables(sql: pg.Client): Promise<void> {
  await sql.query(DDL);
}

/** Topics of a task with the default template over these tables. */
export function loadTopics(database: string): string[] {
  return LOAD_TABLES.map(({ topic }) => `${database}.${LOAD_SCHEMA}.${topic}`);
}

/** A partition keeps its rows: new ids of a row are chosen within its region. */
export function regionOf(id: number): 'a' | 'b' {
  return id % 2 === 0 ? 'a' : 'b';
}
