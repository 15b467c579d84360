import { describe, expect, it } from 'vitest';
import { type Cell, EVENT_NUMBER, type Story, tableOf, valuesOf } from '../../test/support/envelope-harness.ts';
import type { EnvelopeOptions } from './options.ts';

const TABLE = tableOf({
  columns: [
    ['id', 20, 'bigint'],
    ['note', 25, 'text'],
    ['paid', 16, 'boolean'],
  ],
});
const NEW: readonly Cell[] = ['9223372036854775807', 'a "b"\n|', 't'];
const OLD_KEY: readonly Cell[] = ['7', null, null];
const INSERT: Story = { op: 'c', after: NEW };
const UPDATE: Story = { op: 'u', after: NEW };
const DELETE: Story = { op: 'd', before: OLD_KEY, beforeKind: 'key' };
const MARKS = { unwrap: { deleted: '__deleted', op: '__op', dorisDeleteSign: true } };

type Options = Omit<EnvelopeOptions, 'format'>;
const flat = (story: Story, options: Options = {}, table = TABLE) =>
  valuesOf({ format: 'flat-json', ...options }, table, story);

describe('flat-json', () => {
  it.each([
    ['insert', INSERT, {}, ['{"id":9223372036854775807,"note":"a \\"b\\"\\n|","paid":true}'], ['c after']],
    [
      'update with marks',
      UPDATE,
      MARKS,
      [
        '{"id":9223372036854775807,"note":"a \\"b\\"\\n|","paid":true,"__deleted":"false","__op":"u","__DORIS_DELETE_SIGN__":"0"}',
      ],
      ['u after'],
    ],
    ['delete', DELETE, {}, [null], ['d before']],
    [
      'delete with marks',
      DELETE,
      MARKS,
      ['{"id":7,"note":null,"paid":null,"__deleted":"true","__op":"d","__DORIS_DELETE_SIGN__":"1"}', null],
      ['d before', 'd before'],
    ],
    [
      'delete without tombstone, under identity full',
      { op: 'd', before: ['7', 'old', 'f'], beforeKind: 'full' },
      { tombstones: false, unwrap: { op: 'kind' } },
      ['{"id":7,"note":"old","paid":false,"kind":"d"}'],
      ['d before'],
    ],
  ] as const)('writes this byte for byte: %s', (_, story, options, values, ops) => {
    expect(flat(story, options)).toEqual({ values, ops });
  });

  it.each([
    ['key', OLD_KEY, '{"id":7,"note":null,"paid":null,"__deleted":"true"}'],
    ['full', ['7', 'old', 'f'], '{"id":7,"note":"old","paid":false,"__deleted":"true"}'],
  ] as const)('sends a key change as delete, tombstone and insert: identity %s', (beforeKind, before, deleted) => {
    const story: Story = { op: 'u', after: ['8', 'new', 't'], before, beforeKind };
    expect(flat(story, { unwrap: { deleted: '__deleted' } })).toEqual({
      values: [deleted, null, '{"id":8,"note":"new","paid":true,"__deleted":"false"}'],
      ops: ['d before', 'd before', 'c after'],
    });
    expect(flat(story).values).toEqual([null, '{"id":8,"note":"new","paid":true}']);
  });

  it('sends an update with the same key as an update, whatever else changed', () => {
    const story: Story = { op: 'u', after: ['7', 'new', 't'], before: ['7', 'old', 'f'], beforeKind: 'full' };
    expect(flat(story).ops).toEqual(['u after']);
    expect(flat({ ...story, before: OLD_KEY, beforeKind: 'key' }).ops).toEqual(['u after']);
    expect(flat({ ...story, after: [undefined, 'new', 't'] }).values).toEqual(['{"id":7,"note":"new","paid":true}']);
    expect(flat({ ...story, after: ['8', 'new', 't'] }, {}, { ...TABLE, keyColumns: [] }).ops).toEqual(['u after']);
  });

  it('leaves out what the server did not send, unless the old row has it', () => {
    const after = ['7', undefined, 't'];
    expect(flat({ op: 'u', after }).values).toEqual(['{"id":7,"paid":true}']);
    expect(flat({ op: 'u', after, before: ['7', 'long', 'f'], beforeKind: 'full' }).values).toEqual([
      '{"id":7,"note":"long","paid":true}',
    ]);
    expect(flat({ op: 'u', after }, { unavailable: 'placeholder' }).values).toEqual([
      '{"id":7,"note":"__debezium_unavailable_value","paid":true}',
    ]);
  });

  it('adds facts of the change under the names of Debezium', () => {
    const sourceFields = [
      'lsn',
      'source.ts_ms',
      'ts_us',
      'ts_ns',
      'id',
      'txId',
      'db',
      'schema',
      'table',
      'origin',
      'sequence',
    ];
    const [value] = flat(INSERT, { unwrap: { sourceFields } }).values;
    expect(value).toBe(
      '{"id":9223372036854775807,"note":"a \\"b\\"\\n|","paid":true,"__lsn":26001512,' +
        `"__source_ts_ms":1777000000123,"__ts_us":1777000000123999,"__ts_ns":1777000000123999000,"__id":${EVENT_NUMBER},` +
        '"__txId":901,"__db":"shop","__schema":"public","__table":"orders","__origin":null,' +
        '"__sequence":"[null,\\"26001512\\"]"}',
    );
  });

  it('refuses a table with a column of the name of an added member', () => {
    const table = tableOf({
      columns: [
        ['id', 20, 'bigint'],
        ['__op', 25, 'text'],
      ],
    });
    expect(() => flat(INSERT, { unwrap: { op: '__op' } }, table)).toThrow(
      expect.objectContaining({
        code: 'OPTION_UNSUPPORTED',
        data: { schema: 'public', table: 'orders', column: '__op' },
      }),
    );
    expect(flat({ op: 'c', after: ['1', 'x'] }, { unwrap: { op: 'op' } }, table).values[0]).toContain('"op":"c"');
  });
});

describe('flat-json, values', () => {
  const one = (oid: number, text: string, options: Options = {}, typeName = 'x', modifier = -1) => {
    const table = tableOf({ columns: [['v', oid, typeName, modifier]], key: [] });
    return flat({ op: 'c', after: [text] }, options, table).values[0]!.slice('{"v":'.length, -1);
  };

  it.each([
    ['int2', 21, '-32768', '-32768'],
    ['oid', 26, '4294967295', '4294967295'],
    ['tinyint', 5545, '255', '255'],
    ['float8', 701, '-1.5e-07', '-1.5E-7'],
    ['float4, not a number', 700, 'NaN', '"NaN"'],
    ['float8, infinite', 701, '-Infinity', '"-Infinity"'],
    ['numeric', 1700, '12345678901234567890.12300', '"12345678901234567890.12300"'],
    ['money', 790, '$1,234.50', '"$1,234.50"'],
    ['date', 1082, '2026-05-01', '"2026-05-01"'],
    ['time', 1083, '24:00:00', '"24:00:00"'],
    ['timetz', 1266, '12:34:56+00', '"12:34:56+00"'],
    ['timestamp', 1114, '2026-05-01 12:34:56.789012', '"2026-05-01 12:34:56.789012"'],
    ['timestamptz', 1184, '2026-05-01 12:34:56+00', '"2026-05-01 12:34:56Z"'],
    ['timestamptz, infinite', 1184, '-infinity', '"-infinity"'],
    ['smalldatetime', 9003, '2026-05-01 12:35:00', '"2026-05-01 12:35:00"'],
    ['interval', 1186, '1 mon 2 days 03:04:05', '"1 mon 2 days 03:04:05"'],
    ['bytea', 17, '\\x00ffc0de', '"AP/A3g=="'],
    ['raw', 86, '00FFC0DE', '"AP/A3g=="'],
    ['bit', 1560, '101', '"101"'],
    ['jsonb', 3802, '{"a": 1}', '"{\\"a\\": 1}"'],
    ['int4[]', 1007, '{1,NULL}', '"{1,NULL}"'],
  ])('writes %s', (_, oid, text, expected) => {
    expect(one(oid, text)).toBe(expected);
  });

  it.each([
    ['decimalHandling', { decimalHandling: 'precise' }, 1700, '1.50', -1, '"1.50"'],
    ['decimalHandling', { decimalHandling: 'double' }, 1700, '1.25', -1, '1.25'],
    ['binaryHandling', { binaryHandling: 'bytes' }, 17, '\\xfbff', -1, '"+/8="'],
    ['binaryHandling', { binaryHandling: 'base64-url-safe' }, 17, '\\xfbff', -1, '"-_8="'],
    ['binaryHandling', { binaryHandling: 'hex' }, 17, '\\xfbff', -1, '"fbff"'],
    ['intervalHandling', { intervalHandling: 'numeric' }, 1186, '1 day 00:00:01', -1, '86401000000'],
    ['intervalHandling', { intervalHandling: 'string' }, 1186, '1 day 00:00:01', -1, '"P0Y0M1DT0H0M1S"'],
    ['timePrecision', { timePrecision: 'adaptive' }, 1082, '1970-01-02', -1, '1'],
    ['timePrecision', { timePrecision: 'adaptive' }, 1083, '00:00:01.5', 3, '1500'],
    ['timePrecision', { timePrecision: 'adaptive' }, 1083, '00:00:01.5', -1, '1500000'],
    ['timePrecision', { timePrecision: 'adaptive-time-microseconds' }, 1083, '00:00:01.5', 3, '1500000'],
    ['timePrecision', { timePrecision: 'adaptive-time-microseconds' }, 1114, '1970-01-01 00:00:01.5', 3, '1500'],
    ['timePrecision', { timePrecision: 'connect' }, 1114, '1970-01-01 00:00:01.5', -1, '1500'],
    ['timePrecision', { timePrecision: 'microseconds' }, 1114, '1970-01-01 00:00:01.5', 0, '1500000'],
    ['timePrecision', { timePrecision: 'nanoseconds' }, 1114, '1970-01-01 00:00:01.5', -1, '1500000000'],
    ['timePrecision', { timePrecision: 'isostring' }, 1114, '1970-01-01 00:00:01.5', -1, '"1970-01-01T00:00:01.5Z"'],
    ['timePrecision', { timePrecision: 'adaptive' }, 1184, '1970-01-01 00:00:01+00', 0, '"1970-01-01T00:00:01Z"'],
  ] as const)('writes values as %s says: %j', (_, options, oid, text, modifier, expected) => {
    expect(one(oid, text, options, 'x', modifier)).toBe(expected);
  });

  it('writes hstore as its text, or as an object when asked to', () => {
    expect(one(60_001, '"a"=>"1", "b"=>NULL', {}, 'hstore')).toBe('"\\"a\\"=>\\"1\\", \\"b\\"=>NULL"');
    expect(one(60_001, '"a"=>"1", "b"=>NULL', { hstoreHandling: 'map' }, 'hstore')).toBe('{"a":"1","b":null}');
  });
});
