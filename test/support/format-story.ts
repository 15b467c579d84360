import type pg from 'pg';
import { type Cell, COLUMNS, createTable, insertAll, KEY, NAMES } from './format-row.ts';

/** A row as the server sends it; null: NULL, undefined: not sent. */
export type SentRow = Readonly<Record<string, Cell | null | undefined>>;

/** One change as the server sends it, out of which each format makes its records. */
export type SentChange = {
  readonly table: string;
  readonly op: 'c' | 'u' | 'd';
  readonly after: SentRow | null;
  /** Null: nothing was sent of it. */
  readonly before: SentRow | null;
  /** Whether `before` holds all columns, and not just those of the key. */
  readonly isFull: boolean;
  readonly movesKey: boolean;
};

/** By replica identity. */
export const TABLES = { everything: 'default', everything_full: 'full' } as const;

const cell = (text: string): Cell => ({ sql: text, text, flat: text, debezium: text });
const SAMPLE: SentRow = COLUMNS;
const SMALL_CHANGED: SentRow = { ...SAMPLE, small: cell('7') };
const MOVED: SentRow = { ...SMALL_CHANGED, id: cell('9007199254740995') };
const EMPTY: SentRow = {
  ...Object.fromEntries(NAMES.map((name) => [name, null])),
  id: cell('-9223372036854775808'),
  region: { sql: `''`, text: '', debezium: '""' },
  medium: cell('5'),
  code: { sql: `''`, text: '   ', debezium: '"   "' },
};

/** The tables, and what `play` does to them. */
export async function createStory(sql: pg.Client): Promise<void> {
  await sql.query(`create type mood as enum ('sad', 'happy')`);
  for (const [table, identity] of Object.entries(TABLES)) {
    await sql.query(`${createTable(table)}; alter table ${table} replica identity ${identity}`);
  }
}

/** Three transactions for each table; in the second the value of `doc` is not sent unless an old row holds it. */
export async function playStory(sql: pg.Client): Promise<void> {
  for (const table of Object.keys(TABLES)) {
    await sql.query(insertAll(table));
    await sql.query(`update ${table} set small = 7`);
    await sql.query(`begin; update ${table} set id = id + 2;
      insert into ${table} (id, region, code) values (-9223372036854775808, '', '');
      delete from ${table} where region <> ''; delete from ${table}; commit`);
  }
}

export const STORY: readonly SentChange[] = Object.entries(TABLES).flatMap(([table, identity]) => {
  const isFull = identity === 'full';
  const old = (row: SentRow): SentRow => (isFull ? row : keyOf(row));
  const unchangedDoc = (row: SentRow): SentRow => (isFull ? row : { ...row, doc: undefined });
  const update = { table, op: 'u', isFull } as const;
  const insert = (after: SentRow): SentChange => ({ ...update, op: 'c', after, before: null, movesKey: false });
  const remove = (row: SentRow): SentChange => ({ ...update, op: 'd', after: null, before: old(row), movesKey: false });
  return [
    insert(SAMPLE),
    { ...update, after: unchangedDoc(SMALL_CHANGED), before: isFull ? SAMPLE : null, movesKey: false },
    { ...update, after: unchangedDoc(MOVED), before: old(SMALL_CHANGED), movesKey: true },
    insert(EMPTY),
    remove(MOVED),
    remove(EMPTY),
  ];
});

function keyOf(row: SentRow): SentRow {
  return Object.fromEntries(KEY.map((name) => [name, row[name]]));
}

/** The contract's default key of a row, which decides about its partition. */
export function defaultKey(row: SentRow): string {
  return `{${KEY.map((name) => `"${name}":${JSON.stringify(row[name]!.text)}`).join(',')}}`;
}

export type CellForm = 'text' | 'canal' | 'flat' | 'debezium';

export function cellText(value: Cell, form: CellForm): string {
  return (form === 'text' ? undefined : value[form]) ?? JSON.stringify(value.text);
}

/** A JSON object of the row's columns in its order; `unsent`: what stands for a value that was not sent, else it is left out. */
export function rowText(row: SentRow, form: CellForm, unsent?: string, names = Object.keys(row)): string {
  const members = names.flatMap((name) => {
    const value = row[name];
    const text = value === undefined ? unsent : value === null ? 'null' : cellText(value, form);
    return text === undefined ? [] : [`"${name}":${text}`];
  });
  return `{${members.join(',')}}`;
}
