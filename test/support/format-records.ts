import { type ConsumedRecord, readAll } from './consume.ts';

/** A record as a format is to make it. `headers`: besides those of the contract, in their order. */
export type ExpectedRecord = {
  readonly table: string;
  readonly op: string;
  readonly key: string | null;
  /** With `#` for every number that differs from run to run. */
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What the partition hangs on: the default key, whatever the record's own is. */
  readonly partitionKey: string | null;
};

const VOLATILE = /"(ts|es|ts_ms|ts_us|ts_ns|lsn|txId|pos|__lsn|__id|__source_ts_ms)":\d+/g;
/** The event number of drs and canal values; cells are quoted there. */
const EVENT_NUMBER = /("opType":"[A-Z]+",|^\{)"id":\d+(?=,"(es|database)")/;
const SEQUENCE = /"sequence":"\[(null|\\"\d+\\"),\\"\d+\\"\]"/;
const RUN_ID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The records of a topic, those of one change in the order of the contract, changes in the order of the source. */
export async function inChangeOrder(topic: string, options: { bootstrap?: string } = {}): Promise<ConsumedRecord[]> {
  const rank = ({ headers }: ConsumedRecord) => (headers['gausscast-op'] === 'c' ? 1 : 0);
  const number = ({ headers }: ConsumedRecord) => Number(headers['gausscast-id']);
  // The new row of a key change may be in another partition, where offsets say nothing.
  return (await readAll([topic], options)).sort(
    (a, b) => number(a) - number(b) || rank(a) - rank(b) || a.offset - b.offset,
  );
}

/** What is to be compared of a record; `partitionKey` and the partition are not part of it. */
export function comparable(record: ConsumedRecord): Omit<ExpectedRecord, 'partitionKey'> {
  const { key, value, headers } = record;
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('gausscast-'));
  return {
    table: headers['gausscast-table']!,
    op: headers['gausscast-op']!,
    key: key === null ? null : key.toString(),
    value: value === null ? null : withoutVolatile(value.toString()),
    headers: own.map(([name, text]) => [name, RUN_ID.test(text) ? '#' : text]),
  };
}

export function withoutPartitionKey({ partitionKey, ...rest }: ExpectedRecord): Omit<ExpectedRecord, 'partitionKey'> {
  return { ...rest, table: `public.${rest.table}` };
}

function withoutVolatile(text: string): string {
  return text.replace(EVENT_NUMBER, '$1"id":#').replace(SEQUENCE, '"sequence":#').replaceAll(VOLATILE, '"$1":#');
}
