import { describe, expect, it } from 'vitest';
import { checkRecords } from './checker.ts';
import type { ConsumedRecord } from './consume.ts';
import type { Committed } from './load.ts';
import { type Entry, Planner } from './load-plan.ts';
import { expectedPartition } from './partition.ts';
import { seeded } from './random.ts';

const DATABASE = 'db';
const PARTITIONS = 3;
const TYPES = { c: 'INSERT', u: 'UPDATE', d: 'DELETE' } as const;

/** What a service without fault makes of some transactions of one writer. */
function story(): { records: ConsumedRecord[]; committed: Committed[]; rolledBack: ConsumedRecord } {
  const planner = new Planner(1, seeded(3));
  const places = new Places();
  const committed: Committed[] = [];
  const records: ConsumedRecord[] = [];
  let rolledBack: ConsumedRecord | null = null;
  for (let xid = 700; committed.length < 40 || rolledBack === null; xid++) {
    const { entries, rollback } = planner.next();
    if (rollback) rolledBack = recordOf(entries[0]!, String(xid), 5_000, new Places());
    else {
      for (const entry of entries) records.push(recordOf(entry, String(xid), 1_000 + records.length, places));
      committed.push({ writer: 1, xid: String(xid), entries, endsBefore: null });
    }
  }
  return { records, committed, rolledBack };
}

/** Counts offsets per partition. */
class Places {
  readonly #next = new Map<string, number>();

  offset(place: string): number {
    const offset = this.#next.get(place) ?? 0;
    this.#next.set(place, offset + 1);
    return offset;
  }
}

function recordOf(entry: Entry, xid: string, number: number, places: Places): ConsumedRecord {
  const { table, op, id, oldId, version, note } = entry;
  const [schema, name] = table.name.split('.') as [string, string];
  const keyCells = (of: number) => Object.fromEntries(table.key(of));
  const key = table.hasKey ? Buffer.from(JSON.stringify(keyCells(id))) : null;
  const data = op === 'd' ? null : [{ ...keyCells(id), version: String(version), note }];
  const old = op === 'c' ? null : [keyCells(oldId)];
  const value = { id: number, ts: number, schema, table: name, type: TYPES[op], data, old };
  const topic = `${DATABASE}.load.${table.topic}`;
  const partition = expectedPartition('primary-key-hash', { database: DATABASE, schema, table: name }, key, PARTITIONS);
  const headers = {
    'gausscast-id': String(number),
    'gausscast-op': op,
    'gausscast-table': table.name,
    'gausscast-xid': xid,
  };
  const offset = places.offset(`${topic}/${partition}`);
  return { topic, partition, offset, key, value: Buffer.from(JSON.stringify(value)), headers, timestamp: number };
}

describe('checkRecords', () => {
  const { records, committed, rolledBack } = story();
  const check = (changed: readonly ConsumedRecord[]) =>
    checkRecords({ records: changed, committed, database: DATABASE, partitions: PARTITIONS });
  const last = records.at(-1)!;
  /** The record again, at the end of its partition. */
  const again = (record: ConsumedRecord, value = String(record.value)): ConsumedRecord => ({
    ...record,
    offset: 100_000,
    value: Buffer.from(value.replace(/"ts":\d+/, '"ts":99')),
  });

  it('finds nothing wrong with what is right', () => {
    expect(check(records).unique).toHaveLength(records.length);
  });

  it('counts a repeated record that differs in ts alone', () => {
    expect(check([...records, again(last)]).duplicates).toHaveLength(1);
  });

  it('sees a missing record, in the middle and at the end', () => {
    expect(() => check(records.filter((_, i) => i !== 20))).toThrow('is followed by');
    expect(() => check(records.slice(0, -1))).toThrow('arrived');
  });

  it('sees a record of a transaction that was rolled back', () => {
    const extra = { ...rolledBack, headers: { ...rolledBack.headers, 'gausscast-id': '999' } };
    expect(() => check([extra, ...records])).toThrow();
  });

  it('sees a repeated record that is another one', () => {
    expect(() => check([...records, again(last, String(last.value).replace('"load"', '"laod"'))])).toThrow(
      'with a difference',
    );
  });

  it('sees an old record that lands after newer ones', () => {
    const place = (record: ConsumedRecord) => `${record.topic}/${record.partition}`;
    const old = records.find((record) => place(record) === place(last))!;
    expect(old).not.toBe(last);
    expect(() => check([...records, again(old)])).toThrow('last occurrences');
  });

  it('sees two changes that changed places', () => {
    const swapped = records.map((record) => {
      if (record.offset > 1 || `${record.topic}/${record.partition}` !== `${last.topic}/${last.partition}`)
        return record;
      return { ...record, offset: 1 - record.offset };
    });
    expect(() => check(swapped)).toThrow('first occurrences');
  });

  it('sees a record in the wrong partition', () => {
    const moved = { ...last, partition: (last.partition + 1) % PARTITIONS, offset: 100_000 };
    expect(() => check([...records.slice(0, -1), moved])).toThrow('partition');
  });
});
