import type { ExpectedRecord } from './format-records.ts';
import { COLUMNS, KEY, NAMES } from './format-row.ts';
import { cellText, defaultKey, rowText, type SentChange, type SentRow } from './format-story.ts';

export type Profile = '2.7' | '3.6' | 'mysql';
export type DebeziumFormat = {
  readonly profile: Profile;
  readonly serverName: string;
  readonly database: string;
  /** Option `key: string`. */
  readonly hasStringKey: boolean;
};

const VERSIONS = { '2.7': '2.7.4.Final', '3.6': '3.6.0.Final', mysql: '3.6.0.Final' } as const;
const PLACEHOLDER = '"__debezium_unavailable_value"';

/** The records of a change without their schemas: what real Debezium sends for it. */
export function debezium(change: SentChange, format: DebeziumFormat): readonly ExpectedRecord[] {
  const { op, after, before, isFull, movesKey } = change;
  const record = (op: 'c' | 'u' | 'd', old: SentRow | null, row: SentRow | null, headers: Headers = []) => [
    toRecord(
      change.table,
      op,
      (row ?? old)!,
      eventText(change.table, op, { old, row, isFull }, format),
      headers,
      format,
    ),
  ];
  const removed = (headers: Headers = []) => [
    ...record('d', before, null, headers),
    toRecord(change.table, 'd', before!, null, headers, format),
  ];
  if (op === 'd') return removed();
  if (!movesKey) return record(op, before, after);
  return [
    ...removed([['__debezium.newkey', keyText(after!)]]),
    ...record('c', null, after, [['__debezium.oldkey', keyText(before!)]]),
  ];
}

type Headers = readonly (readonly [name: string, value: string])[];

/** The struct of the key columns in key order. */
export function keyText(row: SentRow): string {
  return `{${KEY.map((name) => `"${name}":${cellText(row[name]!, 'debezium')}`).join(',')}}`;
}

function toRecord(
  table: string,
  op: string,
  keyRow: SentRow,
  value: string | null,
  headers: Headers,
  format: DebeziumFormat,
): ExpectedRecord {
  const key = format.hasStringKey ? KEY.map((name) => keyRow[name]!.text).join('|') : keyText(keyRow);
  return { table, op, key, value, headers: [...headers, ...contextHeaders(format)], partitionKey: defaultKey(keyRow) };
}

/** On every record since 3.5. */
function contextHeaders({ profile, serverName }: DebeziumFormat): Headers {
  if (profile === '2.7') return [];
  return [
    ['__debezium.context.connectorLogicalName', serverName],
    ['__debezium.context.taskId', '0'],
    ['__debezium.context.connectorName', profile === 'mysql' ? 'mysql' : 'postgresql'],
    ['__debezium.context.runId', '#'],
  ];
}

type Rows = { readonly old: SentRow | null; readonly row: SentRow | null; readonly isFull: boolean };

function eventText(table: string, op: string, { old, row, isFull }: Rows, format: DebeziumFormat): string {
  const before = old === null ? 'null' : isFull ? rowText(old, 'debezium') : identityText(old);
  const after = row === null ? 'null' : rowText(row, 'debezium', PLACEHOLDER);
  return (
    `{"before":${before},"after":${after},"source":${sourceText(table, format)},"transaction":null,"op":"${op}",` +
    `"ts_ms":#,"ts_us":#,"ts_ns":#}`
  );
}

/** An old row of the key columns alone: the others are null, or a default or a zero where they may not be. */
function identityText(row: SentRow): string {
  const members = NAMES.map((name) => {
    const value = row[name];
    return `"${name}":${value ? cellText(value, 'debezium') : (COLUMNS[name]!.missing ?? 'null')}`;
  });
  return `{${members.join(',')}}`;
}

function sourceText(table: string, { profile, serverName, database }: DebeziumFormat): string {
  const head =
    `{"version":"${VERSIONS[profile]}","connector":"${profile === 'mysql' ? 'mysql' : 'postgresql'}",` +
    `"name":"${serverName}","ts_ms":#,"snapshot":"false","db":"${database}","sequence":#,"ts_us":#,"ts_ns":#,`;
  if (profile === 'mysql') {
    const rest = `"server_id":0,"gtid":null,"file":"wal","pos":#,"row":0,"thread":null,"query":null}`;
    return `${head}"table":"${table}",${rest}`;
  }
  const origin = profile === '2.7' ? '' : ',"origin":null,"origin_lsn":null';
  return `${head}"schema":"public","table":"${table}","txId":#,"lsn":#,"xmin":null${origin}}`;
}

type Field = { field: string; optional: boolean; type: string; fields?: Field[]; name?: string; default?: unknown };

/** What the schema of a row says of its columns. */
export function expectedFields(): Partial<Field>[] {
  return Object.entries(COLUMNS).map(([field, { type, connect }]) => ({
    field,
    type: connect[0],
    optional: !type.includes('not null'),
    ...(connect[1] !== undefined && { name: connect[1] }),
  }));
}

/** The schema of a record's value or key and the bytes of its payload. */
export function splitSchema(text: string): { schema: Field; payload: string } {
  const at = text.indexOf(',"payload":');
  if (at < 0 || !text.startsWith('{"schema":')) throw new Error(`no schema in ${text.slice(0, 200)}`);
  return { schema: JSON.parse(text.slice('{"schema":'.length, at)) as Field, payload: text.slice(at + 11, -1) };
}
