import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsumedRecord } from '../support/consume.ts';
import { inChangeOrder } from '../support/format-records.ts';
import { type RecordedChange, type RecordedRow, recordedContent } from '../support/opengauss-recordings.ts';
import { GAUSS_FORMATS, type GaussScenario, startGaussScenario } from '../support/opengauss-scenario.ts';
import { fixedTopic } from '../support/task-spec.ts';

const SCENARIOS = ['types-numeric', 'types-text', 'types-binary', 'types-time', 'types-other'] as const;
const LETTERS: Readonly<Record<string, string>> = { INSERT: 'c', UPDATE: 'u', DELETE: 'd' };
const CHANGES = SCENARIOS.flatMap((name) => recordedContent(name).transactions.flatMap(({ changes }) => changes));
const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.assign(
  {},
  ...SCENARIOS.map((name) => recordedContent(name).columnTypes),
);

/** U+007F, which JSON need not escape. */
const DELETE = '\x7f';

/** Rows as Debezium would publish their values; of the others the operation and the key are compared. */
const ROWS: readonly (readonly [what: string, row: string])[] = [
  [
    'numbers',
    '{"id":1,"a_tiny":0,"a_small":-32768,"a_big":-9223372036854775808,' +
      '"a_num":{"scale":29,"value":"ANg/8Fdd5Z+puzcLpeWtmCiuOYEV"},"a_num2":{"scale":2,"value":"/xcrWvAB"},' +
      '"a_number":{"scale":3,"value":"SZYC0w=="},"a_real":3.4028235E38,"a_dbl":1.7976931348623157E308,"a_bool":true,' +
      '"a_money":"AeJA","a_oid":4294967295}',
  ],
  [
    'not-a-numbers',
    '{"id":2,"a_tiny":255,"a_small":32767,"a_big":9223372036854775807,"a_num":null,"a_num2":{"scale":2,"value":"AQ=="},' +
      '"a_number":{"scale":3,"value":"/w=="},"a_real":"NaN","a_dbl":"Infinity","a_bool":false,"a_money":"/w==","a_oid":0}',
  ],
  [
    'texts',
    String.raw`{"id":4,"c_char":"a\tb  ","c_vc":"back\\slash \"dq\" 'sq'","c_nv":"line1\nline2\r\n",` +
      String.raw`"c_text":"\u0001\u0002${DELETE} control","c_clob":"中文 テスト \uD83D\uDE00 é","c_json":"\"str\"",` +
      String.raw`"c_jsonb":"\"str\"","c_uuid":null,"c_name":"中"}`,
  ],
  ['bytes', '{"id":1,"b_bytea":"AAECA/8=","b_blob":"AP8Q","b_raw":"yv4=","b_bit":"qg==","b_varbit":"BQ=="}'],
  [
    'times',
    '{"id":1,"d_date":1709164800000000,"t_time":86399999999,"t_timetz":"04:34:56.789Z","ts":1709251199123456,' +
      '"ts3":1709251199123000,"tstz":"2024-02-29T15:59:59.123456Z","sdt":1709251200000000,"itv":37091106789000}',
  ],
  [
    'infinite times',
    '{"id":3,"d_date":9223372036825200000,"t_time":86400000000,"t_timetz":null,"ts":9223372036825200000,' +
      '"ts3":-9223372036832400000,"tstz":"infinity","sdt":null,"itv":null}',
  ],
  [
    'other types',
    '{"id":1,"n_inet":"192.168.1.5/24","n_cidr":"10.0.0.0/8","n_mac":"08:00:2b:01:02:03",' +
      '"g_point":{"x":1.5,"y":-2.0,"wkb":"AQEAAAAAAAAAAAD4PwAAAAAAAADA","srid":null},"g_lseg":"[(0,0),(1,1)]",' +
      '"g_box":"(1,1),(0,0)","g_path":"[(0,0),(1,1),(2,0)]","g_poly":"((0,0),(1,1),(2,0))","g_circle":"<(0,0),5>",' +
      `"f_tsv":"'a' 'cat' 'fat'","f_tsq":"'fat' & 'cat'","r_i4":"[1,10)","a_int":[1,2,null],` +
      String.raw`"a_text":["a","b,c","d\"e","NULL",null,""],"a_2d":[null,null],"e_mood":"happy","rc":"cur1"}`,
  ],
];

const TASKS = {
  debezium: { envelope: { format: 'debezium-json', serverName: 'shop' } },
  'debezium serial': {
    envelope: { format: 'debezium-json', serverName: 'shop', schemas: true },
    source: { decoding: GAUSS_FORMATS.serial },
  },
  canal: { envelope: { format: 'canal-json' } },
} as const;
type TaskName = keyof typeof TASKS;

describe('JSON formats of the types of openGauss', () => {
  let scenario: GaussScenario;
  const records = new Map<TaskName, ConsumedRecord[]>();

  beforeAll(async () => {
    scenario = await startGaussScenario('gaussformats');
    const { server, api } = scenario;
    for (const name of SCENARIOS) server.createTables(name);
    const tasks: { name: TaskName; id: string; topic: string }[] = [];
    for (const name of Object.keys(TASKS) as TaskName[]) {
      const topic = `${scenario.topic}-${name.replace(' ', '-')}`;
      const { id } = await api.run(scenario.spec(['cdc.*'], { ...TASKS[name], routing: fixedTopic(topic, 1) }));
      tasks.push({ name, id, topic });
    }
    for (const name of SCENARIOS) server.play(name);
    for (const { name, id, topic } of tasks) {
      await scenario.caughtUp(id);
      await api.finish(id);
      records.set(name, await inChangeOrder(topic));
    }
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  it('canal-json: every change, its cells as Flink reads them', () => {
    const arrived = records.get('canal')!.map(({ key, value }) => {
      const { schema, table, type, data, old } = JSON.parse(String(value));
      return { key: String(key), table: `${schema}.${table}`, type, data, old };
    });
    expect(arrived).toEqual(CHANGES.map(canalOf));
  });

  it('debezium-json: a record of each change, a tombstone behind each delete, old rows in before', () => {
    const arrived = records.get('debezium')!.map(({ key, value, headers }) => {
      const event = value && JSON.parse(String(value));
      const id = (row: { id: number } | null) => row && String(row.id);
      const rows = event && { op: event.op, before: id(event.before), after: id(event.after) };
      return { key: String(key), table: headers['gausscast-table'], rows };
    });
    expect(arrived).toEqual(CHANGES.flatMap(debeziumOf));
  });

  it.each(ROWS)('debezium-json: %s', (_, row) => {
    expect(records.get('debezium')!.filter(({ value }) => value?.includes(`"after":${row},`))).toHaveLength(1);
  });

  it('debezium-json is the same whatever the decoding: with a schema around it, and no positions', () => {
    const payloads = records.get('debezium serial')!.map(({ value }) => {
      const text = String(value);
      return value && `${text.slice(text.indexOf(',"payload":') + ',"payload":'.length, -1)}`;
    });
    const rowsOf = (value: unknown) => (value === null ? null : String(value).replace(/"source":.*/, ''));
    expect(payloads.map(rowsOf)).toEqual(records.get('debezium')!.map(({ value }) => rowsOf(value)));
  });

  it('debezium-json names the database in its source, and a position that grows', () => {
    const sources = records.get('debezium')!.flatMap(({ value, headers }) => {
      return value === null ? [] : [{ ...JSON.parse(String(value)).source, xid: headers['gausscast-xid'] }];
    });
    for (const source of sources) {
      expect(source).toMatchObject({
        connector: 'postgresql',
        name: 'shop',
        db: 'shop',
        schema: 'cdc',
        snapshot: 'false',
      });
      expect(String(source.txId)).toBe(source.xid);
      expect(JSON.parse(source.sequence)[1]).toBe(String(source.lsn));
    }
    const positions = sources.map(({ lsn }) => lsn);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  });
});

function debeziumOf({ op, schema, table, new: row, old }: RecordedChange): unknown[] {
  const record = { key: `{"id":${(row ?? old)!.id}}`, table: `${schema}.${table}` };
  const rows = { op: LETTERS[op], before: old?.id ?? null, after: row?.id ?? null };
  return [{ ...record, rows }, ...(op === 'DELETE' ? [{ ...record, rows: null }] : [])];
}

function canalOf({ op, schema, table, new: row, old }: RecordedChange): unknown {
  const name = `${schema}.${table}`;
  const data = canalRow(name, (row ?? old)!);
  const before = op === 'UPDATE' ? canalRow(name, old!) : {};
  const changed = Object.fromEntries(Object.entries(before).filter(([column, text]) => text !== data[column]));
  return { key: `{"id":"${data.id}"}`, table: name, type: op, data: [data], old: op === 'UPDATE' ? [changed] : null };
}

function canalRow(table: string, row: NonNullable<RecordedRow>): Record<string, string | null> {
  const cells = Object.entries(row).map(([name, text]) => [name, text && canalText(TYPES[table]![name]!, text)]);
  return Object.fromEntries(cells);
}

function canalText(type: string, text: string): string {
  if (type === 'boolean') return text === 't' ? 'true' : 'false';
  if (type === 'timestamp with time zone') return text.replace(/\+00$/, 'Z');
  const isBinary = type === 'bytea' || type === 'raw' || type === 'blob';
  return isBinary ? Buffer.from(text.replace(/^\\x/, ''), 'hex').toString('base64') : text;
}
