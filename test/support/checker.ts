import type pg from 'pg';
import type { ConsumedRecord } from './consume.ts';
import { type DrsRecord, parseDrs, withoutTs } from './drs-record.ts';
import type { Committed } from './load.ts';
import type { Entry } from './load-plan.ts';
import { LOAD_TABLES, type LoadTable, WRITER_RANGE } from './load-tables.ts';
import { expectedPartition, type PartitionPolicy } from './partition.ts';
import { differingRows, replay, tableRows } from './replay.ts';

export type CheckRequest = {
  records: readonly ConsumedRecord[];
  committed: readonly Committed[];
  database: string;
  partitions: number;
  policy?: PartitionPolicy;
  /** Changes of other tables, all of one transaction, that took their numbers too but are not among the records. */
  leftOut?: number;
};

export type CheckReport = {
  /** The first record of every event number, in the order of the source. */
  unique: readonly DrsRecord[];
  duplicates: readonly DrsRecord[];
};

/**
 * Holds what arrived against what was committed: every change once (and as often again as it was repeated), in order per writer and
 * in every partition, nothing else. Throws with the first difference.
 */
export function checkRecords(request: CheckRequest): CheckReport {
  const records = request.records.map(parseDrs);
  const report = firstOccurrences(records);
  checkPartitionOrder(records);
  checkNumbers(report.unique, request.leftOut ?? 0);
  checkTransactions(report.unique);
  checkWriters(report.unique, request.committed);
  checkPlaces(report.unique, request);
  return report;
}

/** The tables as the records tell them must be the tables as they are. */
export async function checkFinalState(unique: readonly DrsRecord[], sql: pg.Client): Promise<void> {
  const told = replay(unique);
  for (const table of LOAD_TABLES) {
    const differences = differingRows(told.get(table.name) ?? new Map(), await tableRows(sql, table));
    if (differences.length > 0) {
      throw new Error(
        `${table.name}: ${differences.length} rows differ, first:\n${differences.slice(0, 3).join('\n')}`,
      );
    }
  }
}

/** Repeated records must be the same in everything but `ts`. */
function firstOccurrences(records: readonly DrsRecord[]): CheckReport {
  const byNumber = new Map<number, DrsRecord>();
  const duplicates: DrsRecord[] = [];
  for (const record of records) {
    const first = byNumber.get(record.number);
    if (first === undefined) byNumber.set(record.number, record);
    else {
      duplicates.push(record);
      if (identity(first) !== identity(record)) {
        throw new Error(
          `event ${record.number} was repeated with a difference:\n${identity(first)}\n${identity(record)}`,
        );
      }
    }
  }
  return { unique: [...byNumber.values()].sort((a, b) => a.number - b.number), duplicates };
}

function identity(record: DrsRecord): string {
  const { topic, partition, key, headers, text } = record;
  return `${topic}/${partition} ${key} ${JSON.stringify(headers)} ${withoutTs(text)}`;
}

/**
 * Within a partition, numbers rise in the order of first occurrence and in the order of last occurrence: a reader that applies every
 * record ends at the newest state. A stretch may come again from where a session went on, but nothing old may land after newer ones.
 */
function checkPartitionOrder(records: readonly DrsRecord[]): void {
  const partitions = groupBy(
    [...records].sort((a, b) => a.offset - b.offset),
    ({ topic, partition }) => `${topic}/${partition}`,
  );
  for (const [name, inOrder] of partitions) {
    const numbers = inOrder.map(({ number }) => number);
    const first = [...new Set(numbers)];
    const last = [...new Set(numbers.toReversed())].toReversed();
    for (const [kind, order] of [
      ['first', first],
      ['last', last],
    ] as const) {
      const at = order.findIndex((number, i) => i > 0 && number <= order[i - 1]!);
      if (at > 0) throw new Error(`${name}: event ${order[at]} comes after ${order[at - 1]} (${kind} occurrences)`);
    }
  }
}

/** The contract: it counts by one. */
function checkNumbers(unique: readonly DrsRecord[], leftOut: number): void {
  let gap = leftOut;
  unique.forEach(({ number, drs }, i) => {
    if (drs.id !== number) throw new Error(`event ${number} says id ${drs.id} in its value`);
    const before = unique[i - 1]?.number;
    if (before === undefined || number === before + 1) return;
    if (gap === 0 || number !== before + 1 + gap) throw new Error(`event ${before} is followed by ${number}`);
    gap = 0;
  });
}

function checkTransactions(unique: readonly DrsRecord[]): void {
  const ended = new Set<string>();
  let current = '';
  for (const { headers, number } of unique) {
    const xid = headers['gausscast-xid'] ?? '';
    if (xid === current) continue;
    if (ended.has(xid)) throw new Error(`transaction ${xid} goes on at event ${number} after another one`);
    ended.add(current);
    current = xid;
  }
}

/** A writer is one session, so its commits have an order, and so have all its changes, over all tables and keys. */
function checkWriters(unique: readonly DrsRecord[], committed: readonly Committed[]): void {
  const arrived = groupBy(unique.map(describeRecord), ({ writer }) => writer);
  const written = groupBy(committed, ({ writer }) => writer);
  for (const writer of new Set([...arrived.keys(), ...written.keys()])) {
    const expected = (written.get(writer) ?? []).flatMap(({ xid, entries }) =>
      entries.map((entry) => describeEntry(entry, xid)),
    );
    const actual = (arrived.get(writer) ?? []).map(({ text }) => text);
    const at = expected.findIndex((text, i) => text !== actual[i]);
    const difference = at >= 0 ? at : expected.length;
    if (at < 0 && actual.length === expected.length) continue;
    throw new Error(
      `writer ${writer}: change ${difference} of ${expected.length} (${actual.length} arrived)\n` +
        `  written: ${expected.slice(difference, difference + 3).join(' | ')}\n` +
        `  arrived: ${actual.slice(difference, difference + 3).join(' | ')}`,
    );
  }
}

/** A delete tells no version: its place in the writer's order is what is checked. */
function describeEntry(entry: Entry, xid: string): string {
  const { table, op, id, oldId } = entry;
  // On the wire a transaction id has 32 bits.
  const start = `${BigInt(xid) % 2n ** 32n} ${table.name}`;
  if (op === 'd') return `${start} d ${id}`;
  return `${start} ${op} ${oldId}>${id} v${entry.version} ${JSON.stringify(entry.note)}`;
}

function describeRecord(record: DrsRecord): { writer: number; text: string } {
  const { headers, drs } = record;
  const table = tableOf(record);
  const op = headers['gausscast-op']!;
  const after = drs.data?.[0];
  const before = drs.old?.[0];
  const id = Number((after ?? before)?.[table.idColumn]);
  const oldId = op === 'u' ? Number(before?.[table.idColumn]) : id;
  const start = `${headers['gausscast-xid']} ${table.name}`;
  const writer = Math.floor(id / WRITER_RANGE);
  if (op === 'd') return { writer, text: `${start} d ${id}` };
  return { writer, text: `${start} ${op} ${oldId}>${id} v${after?.version} ${JSON.stringify(after?.note)}` };
}

function checkPlaces(
  unique: readonly DrsRecord[],
  { database, partitions, policy = 'primary-key-hash' }: CheckRequest,
): void {
  for (const record of unique) {
    const table = tableOf(record);
    const { schema, table: name } = record.drs;
    if (`${schema}.${name}` !== table.name)
      throw new Error(`event ${record.number} is of ${schema}.${name}, its header says ${table.name}`);
    const id = Number((record.drs.data ?? record.drs.old)?.[0]?.[table.idColumn]);
    const key = table.hasKey ? JSON.stringify(Object.fromEntries(table.key(id))) : null;
    if ((record.key?.toString() ?? null) !== key)
      throw new Error(`event ${record.number}: key ${record.key}, expected ${key}`);
    const partition = expectedPartition(policy, { database, schema, table: name }, record.key, partitions);
    if (record.partition !== partition)
      throw new Error(`event ${record.number}: partition ${record.partition}, expected ${partition}`);
  }
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function tableOf(record: DrsRecord): LoadTable {
  const table = LOAD_TABLES.find(({ name }) => name === record.headers['gausscast-table']);
  if (!table) throw new Error(`a record of ${record.headers['gausscast-table']}, which nobody asked for`);
  return table;
}
