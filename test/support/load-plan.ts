import { LOAD_TABLES, type LoadTable, WRITER_RANGE } from './load-tables.ts';
import type { Random } from './random.ts';

/** One row change that was written. */
export type Entry = {
  table: LoadTable;
  op: 'c' | 'u' | 'd';
  id: number;
  oldId: number;
  version: number;
  note: string | null;
};

/** A transaction as it is to be written, and the changes it leaves when it is committed. */
export type Plan = { statements: string[]; entries: Entry[]; rollback: boolean };

type Rows = Map<LoadTable, number[]>;

const NOTES = [
  null,
  '',
  'plain',
  'with "quotes" and \\ backslash',
  "it''s",
  'tab\tand\nline',
  'ünïcödé 王伟 🦆',
  '{"json": [1, null]}',
];
const MOST_LIVE_ROWS = 150;
const DOC_BYTES = 2_500;

/** Makes up the transactions of one writer; the same seed gives the same ones. */
export class Planner {
  readonly #writer: number;
  readonly #random: Random;
  #live: Rows = new Map(LOAD_TABLES.map((table) => [table, []]));
  #nextId: number;
  #version = 0;

  constructor(writer: number, random: Random) {
    this.#writer = writer;
    this.#random = random;
    this.#nextId = writer * WRITER_RANGE;
  }

  /** The next transaction. It counts as done unless `undo` is called. */
  next(): Plan & { undo: () => void } {
    const random = this.#random;
    const before = this.#copy();
    const undo = () => {
      this.#live = before;
    };
    const plan: Plan = { statements: [], entries: [], rollback: random.chance(0.1) };
    this.#changes(plan, random.chance(0.05) ? 40 : 1 + random.below(5));
    if (random.chance(0.15)) this.#abandonedSavepoint(plan);
    if (random.chance(0.3)) this.#changes(plan, 1 + random.below(3));
    if (plan.rollback) undo();
    return { ...plan, undo };
  }

  #abandonedSavepoint(plan: Plan): void {
    const before = this.#copy();
    const abandoned: Plan = { statements: [], entries: [], rollback: true };
    this.#changes(abandoned, 1 + this.#random.below(3));
    plan.statements.push('savepoint s', ...abandoned.statements, 'rollback to savepoint s');
    this.#live = before;
  }

  #changes(plan: Plan, count: number): void {
    for (let i = 0; i < count; i++) this.#change(plan, this.#random.pick(LOAD_TABLES));
  }

  #change(plan: Plan, table: LoadTable): void {
    const live = this.#live.get(table)!;
    const kind = this.#random.below(100);
    const isInsert = live.length === 0 || (kind < 35 && live.length < MOST_LIVE_ROWS);
    const id = isInsert ? this.#freshId() : this.#random.pick(live);
    if (isInsert) this.#insert(plan, table, id);
    else if (kind < 72) this.#update(plan, table, id);
    else if (kind < 82) this.#moveKey(plan, table, id);
    else {
      this.#delete(plan, table, id);
      if (kind < 90) this.#insert(plan, table, id);
    }
  }

  #insert(plan: Plan, table: LoadTable, id: number): void {
    const entry = this.#entry(table, 'c', id, id);
    const cells = [
      ...table.key(id),
      ['version', String(entry.version)],
      ['note', entry.note],
      ['doc', this.#doc()],
    ] as const;
    const columns = cells.map(([column]) => quoted(column)).join(', ');
    plan.statements.push(
      `insert into ${table.sql} (${columns}) values (${cells.map(([, value]) => literal(value)).join(', ')})`,
    );
    plan.entries.push(entry);
    this.#live.get(table)!.push(id);
  }

  #update(plan: Plan, table: LoadTable, id: number): void {
    const entry = this.#entry(table, 'u', id, id);
    plan.statements.push(
      `update ${table.sql} set version = ${entry.version}, note = ${literal(entry.note)} where ${where(table, id)}`,
    );
    plan.entries.push(entry);
  }

  #moveKey(plan: Plan, table: LoadTable, oldId: number): void {
    // Of the same parity, so that the row stays in its partition.
    const id = this.#freshId(oldId % 2);
    const entry = this.#entry(table, 'u', id, oldId);
    const key = table.key(id).map(([column, value]) => `${quoted(column)} = ${literal(value)}`);
    plan.statements.push(
      `update ${table.sql} set ${key.join(', ')}, version = ${entry.version}, note = ${literal(entry.note)} where ${where(table, oldId)}`,
    );
    plan.entries.push(entry);
    const live = this.#live.get(table)!;
    live[live.indexOf(oldId)] = id;
  }

  #delete(plan: Plan, table: LoadTable, id: number): void {
    plan.statements.push(`delete from ${table.sql} where ${where(table, id)}`);
    plan.entries.push(this.#entry(table, 'd', id, id));
    const live = this.#live.get(table)!;
    live.splice(live.indexOf(id), 1);
  }

  #entry(table: LoadTable, op: Entry['op'], id: number, oldId: number): Entry {
    return { table, op, id, oldId, version: ++this.#version, note: this.#random.pick(NOTES) };
  }

  #freshId(parity?: number): number {
    const id = this.#nextId++;
    if (parity !== undefined && id % 2 !== parity) return this.#nextId++;
    return id;
  }

  #doc(): string | null {
    const letter = 'abcdefgh'[this.#random.below(8)]!;
    return this.#random.chance(0.1) ? `${this.#writer}${letter.repeat(DOC_BYTES)}` : null;
  }

  #copy(): Rows {
    return new Map([...this.#live].map(([table, ids]) => [table, [...ids]]));
  }
}

function where(table: LoadTable, id: number): string {
  return table
    .key(id)
    .map(([column, value]) => `${quoted(column)} = ${literal(value)}`)
    .join(' and ');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** With standard_conforming_strings, which has been the default for long, a backslash is a character like any other. */
function literal(text: string | null): string {
  return text === null ? 'null' : `'${text.replaceAll("'", "''")}'`;
}
