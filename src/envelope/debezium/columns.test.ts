import { describe, expect, it } from 'vitest';
import { type ColumnStory, debeziumMessages, rowsOf, tableOf } from '../../../test/support/debezium-table.ts';
import type { TableContext } from '../envelope.ts';
import type { EnvelopeOptions } from '../options.ts';
import { unknownColumns } from './columns.ts';
import { toSettings } from './settings.ts';

type Options = Omit<EnvelopeOptions, 'format'>;

/** Schema and text of one cell. */
function published(column: Omit<ColumnStory, 'name'>, cell: string | null | undefined, options: Options = {}) {
  return publishedBy('postgres', column, cell, options);
}

function publishedBy(
  dialect: TableContext['dialect'],
  column: Omit<ColumnStory, 'name'>,
  cell: string | null | undefined,
  options: Options = {},
) {
  const table = { columns: [{ name: 'c', ...column }], key: [] };
  const [message] = debeziumMessages({ schemas: true, ...options }, table, { op: 'c', after: [cell] }, dialect);
  const { field: _, optional: __, ...schema } = JSON.parse(message!.value!).schema.fields[1].fields[0];
  const text = /"payload":\{"before":null,"after":\{"c":(.*?)\},"source":/.exec(message!.value!)![1]!;
  return [schema, text];
}

const STRING = { type: 'string' };

describe('columns of Debezium formats', () => {
  it.each([
    ['int1', '255', { type: 'int16' }, '255'],
    ['nvarchar2', '中', STRING, '"中"'],
    ['clob', 'x', STRING, '"x"'],
    ['raw', 'FBFF', { type: 'bytes' }, '"+/8="'],
    ['blob', '', { type: 'bytes' }, '""'],
    [
      'smalldatetime',
      '1970-01-01 00:01:00',
      { type: 'int64', name: 'io.debezium.time.MicroTimestamp', version: 1 },
      '60000000',
    ],
    ['hash16', '0a', STRING, '"0a"'],
  ])('of openGauss: %s', (type, cell, schema, text) => {
    expect(publishedBy('opengauss', { type }, cell)).toEqual([schema, text]);
  });

  it('takes numbers without a digit in front of the point, and scales as each server keeps them', () => {
    const decimal = (scale: string) => ({
      type: 'bytes',
      name: 'org.apache.kafka.connect.data.Decimal',
      version: 1,
      parameters: { scale, 'connect.decimal.precision': '5' },
    });
    const modifier = (scale: number) => ((5 << 16) | scale) + 4;
    const column = { type: 'numeric', modifier: modifier(2) };
    expect(publishedBy('opengauss', column, '.01')).toEqual([decimal('2'), '"AQ=="']);
    expect(publishedBy('opengauss', { type: 'numeric', modifier: modifier(0xfffe) }, '300')[0]).toEqual(decimal('0'));
    expect(published({ type: 'numeric', modifier: modifier(0x7fe) }, '300')[0]).toEqual(decimal('2046'));
  });

  it.each(['box', 'tsquery', 'pg_lsn', '_money', '_xml', '_bit', 'int2vector', '_box'])(
    'publishes a type that Debezium leaves out or empty as text: %s',
    (type) => {
      expect(published({ type }, '(1,"a")')).toEqual([STRING, '"(1,\\"a\\")"']);
      expect(published({ type }, undefined)[1]).toBe('"__debezium_unavailable_value"');
    },
  );

  it('says which columns these are', () => {
    const columns = ['int4', 'box', 'tsvector', '_text', '_money'].map((type) => ({ name: type, type }));
    const context = { database: 'd', taskName: 't', dialect: 'postgres', description: tableOf({ columns }) } as const;
    const of = (profile: '3.1' | '3.6') =>
      unknownColumns(context, toSettings({ format: 'debezium-json', profile }, { runId: '' }));
    expect(of('3.6')).toEqual([1, 4]);
    expect(of('3.1')).toEqual([1, 2, 4]);
  });

  it('loses nothing that Debezium loses, unless asked to do as Debezium', () => {
    const faithful: Options = { nulls: 'debezium' };
    expect(published({ type: 'name' }, 'n')).toEqual([STRING, '"n"']);
    expect(published({ type: 'name' }, 'n', faithful)).toEqual([STRING, 'null']);
    expect(published({ type: '_time' }, '{00:00:00.123456}')[1]).toBe('[123456]');
    expect(published({ type: '_time' }, '{00:00:00.123456}', faithful)[1]).toBe('[123000]');
    const moods = { type: '_mood', labels: ['sad', 'ok'] };
    const items = {
      type: 'string',
      optional: true,
      name: 'io.debezium.data.Enum',
      version: 1,
      parameters: { allowed: 'sad,ok' },
    };
    expect(published(moods, '{sad,NULL}')).toEqual([{ type: 'array', items }, '["sad",null]']);
    expect(published(moods, '{sad,NULL}', faithful)).toEqual([
      { type: 'array', items: { ...items, optional: false } },
      'null',
    ]);
  });

  it.each([
    ['numeric', { decimalHandling: 'string' }, '"?"'],
    ['numeric', {}, 'null'],
    ['bytea', {}, '"Pw=="'],
    ['bytea', { binaryHandling: 'hex' }, '"?"'],
    ['bytea', { binaryHandling: 'base64' }, 'null'],
    ['hstore', {}, '"{\\"?\\":\\"?\\"}"'],
    ['hstore', { hstoreHandling: 'map' }, '{"?":"?"}'],
    ['_text', {}, '["?"]'],
    ['_int4', {}, '[63]'],
    ['_date', {}, '[63]'],
    ['_date', { timePrecision: 'isostring' }, 'null'],
    ['_float8', {}, 'null'],
    ['_bytea', {}, '["Pw=="]'],
    ['_uuid', {}, '["d1457b72-c3fb-323a-a671-125aef3eab5d"]'],
  ] as const)('has a placeholder for %s under %j: %s', (type, options, text) => {
    expect(published({ type }, undefined, { unavailableValue: '?', ...options })[1]).toBe(text);
  });

  it('puts a zero in place of what an old row does not hold and may not be null', () => {
    const types = ['int8', 'float8', 'bool', 'text', 'numeric', 'date', 'timestamptz', 'timetz', '_int4', 'interval'];
    const columns = [
      { name: 'id', type: 'int4', isNotNull: true },
      ...types.map((type, i) => ({ name: `c${i}`, type, isNotNull: true })),
    ];
    const before = ['1', ...types.map(() => null)];
    const [message] = debeziumMessages(
      { intervalHandling: 'string' },
      { columns },
      { op: 'd', before, beforeKind: 'key' },
    );
    expect(rowsOf(message!).before).toBe(
      '{"id":1,"c0":0,"c1":0.0,"c2":false,"c3":"","c4":{"scale":0,"value":"AA=="},"c5":0,' +
        '"c6":"1970-01-01T00:00:00Z","c7":"00:00:00Z","c8":[],"c9":"P0Y0M0DT0H0M0S"}',
    );
  });
});
