import { type ConsumedRecord, readAll } from './consume.ts';
import { type DrsRecord, inSourceOrder, type Row, withoutTs } from './drs-record.ts';
import type { CommitSpec } from './fake-opengauss/commits.ts';
import { recordedContent, recordedFrames } from './opengauss-recordings.ts';

const SERIAL_COMMIT = /^COMMIT (\d+) \(at (\S+) ([\d:]+)(\.\d+)?\+00\) CSN \d+$/;
const MS_DIGITS = 4;

/** What a drs record tells of a change. `es`: commit time in ms. */
export interface PublishedChange {
  readonly table: string;
  readonly opType: string;
  readonly data: readonly Row[] | null;
  readonly old: readonly Row[] | null;
  readonly es: number;
}

export function published({ drs: { schema, table, opType, data, old, es } }: DrsRecord): PublishedChange {
  return { table: `${schema}.${table}`, opType, data, old, es };
}

/** What a task is to publish of a recorded scenario. In parallel modes the server leaves out what follows DDL in a transaction. */
export function recordedChanges(scenario: string, isParallel: boolean): PublishedChange[] {
  const times = commitTimes(scenario);
  return recordedContent(scenario).transactions.flatMap(({ xid, changes }) =>
    changes
      .filter(({ op, new: row }) => op !== 'TRUNCATE' && !(isParallel && scenario === 'ddl' && row?.id === '11'))
      .map(({ op, schema, table, new: row, old }) => ({
        table: `${schema}.${table}`,
        opType: op,
        data: row ? [row] : null,
        old: old ? [old] : null,
        es: times.get(xid)!,
      })),
  );
}

/** By xid, as the serial recording says it in plain text; whole milliseconds. */
function commitTimes(scenario: string): Map<string, number> {
  const times = new Map<string, number>();
  for (const { payload } of recordedFrames(scenario, 'mppdb-serial')) {
    const commit = SERIAL_COMMIT.exec(payload.toString('latin1'));
    if (commit === null) continue;
    const [, xid = '', date, time, fraction = ''] = commit;
    times.set(xid, Date.parse(`${date}T${time}${fraction.slice(0, MS_DIGITS)}Z`));
  }
  return times;
}

/** All records of a topic of one partition, in the order in which they stand there. */
export async function inTopicOrder(topic: string, options: { bootstrap?: string } = {}): Promise<DrsRecord[]> {
  const records = await readAll([topic], options);
  return inSourceOrder(records).sort((a, b) => a.offset - b.offset);
}

/**
 * The first record of every event number. Throws unless repeated ones are the same in all but `ts`, and what is repeated is a
 * stretch of the stream: numbers only rise, by one, in the order of first occurrence and of last.
 */
export function withoutRepeats(records: readonly DrsRecord[]): DrsRecord[] {
  const firsts = new Map<number, DrsRecord>();
  for (const record of records) {
    const first = firsts.get(record.number) ?? record;
    firsts.set(record.number, first);
    if (identity(first) !== identity(record)) {
      throw new Error(
        `event ${record.number} was repeated with a difference:\n${identity(first)}\n${identity(record)}`,
      );
    }
  }
  const numbers = records.map(({ number }) => number);
  checkCountByOne([...new Set(numbers)]);
  checkCountByOne([...new Set(numbers.toReversed())].toReversed());
  return [...firsts.values()];
}

function checkCountByOne(numbers: readonly number[]): void {
  const at = numbers.findIndex((number, i) => number !== numbers[0]! + i);
  if (at >= 0) throw new Error(`event ${numbers[at - 1]} is followed by ${numbers[at]}`);
}

function identity(record: DrsRecord): string {
  const { key, headers, text }: ConsumedRecord & { text: string } = record;
  return `${key} ${JSON.stringify(headers)} ${withoutTs(text)}`;
}

/** A table `id`, `v` with a key, and a transaction that inserts rows of these ids. */
export const ID_TABLE = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'] } as const;

export function insertion(table: string, ids: readonly number[]): CommitSpec {
  return { changes: ids.map((id) => ({ op: 'INSERT', table, new: { id: String(id), v: `row ${id}` } })) };
}

/** Ids of the rows that were inserted. */
export function insertedIds(records: readonly DrsRecord[]): number[] {
  return records.map(({ drs }) => Number(drs.data?.[0]?.id));
}

/** `first`, … `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
