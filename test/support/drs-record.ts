import type { ConsumedRecord } from './consume.ts';

/** Text by column; null is NULL, a column that is missing was not sent. */
export type Row = Record<string, string | null>;

export type DrsValue = {
  columnType: Record<string, string>;
  dbType: string;
  schema: string;
  opType: string;
  id: number;
  es: number;
  ts: number;
  database: string;
  table: string;
  type: 'INSERT' | 'UPDATE' | 'DELETE';
  isDdl: boolean;
  sql: string;
  sqlType: Record<string, number>;
  data: Row[] | null;
  old: Row[] | null;
  pkNames: string[] | null;
};

/** A record with its `drs-json` value parsed; `number` is its event number. */
export type DrsRecord = ConsumedRecord & { text: string; drs: DrsValue; number: number };

export function parseDrs(record: ConsumedRecord): DrsRecord {
  const text = record.value?.toString('utf8') ?? '';
  try {
    return { ...record, text, drs: JSON.parse(text) as DrsValue, number: Number(record.headers['gausscast-id']) };
  } catch (cause) {
    throw new Error(`not a drs-json value: ${text}`, { cause });
  }
}

/** Parsed and in the order of the source. */
export function inSourceOrder(records: readonly ConsumedRecord[]): DrsRecord[] {
  return records.map(parseDrs).sort((a, b) => a.number - b.number || a.offset - b.offset);
}

/** The value with the time of sending taken out: what a repeated record must share with the first. */
export function withoutTs(text: string): string {
  return text.replace(/"ts":\d+/, '"ts":0');
}
