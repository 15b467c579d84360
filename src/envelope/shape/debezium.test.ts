import { describe, expect, it } from 'vitest';
import { debeziumMessages, rowsOf, type TableStory } from '../../../test/support/debezium-table.ts';
import type { Story } from '../../../test/support/envelope-harness.ts';

const TABLE: TableStory = {
  columns: [
    { name: 'id', type: 'int8', isNotNull: true },
    { name: 'note', type: 'text' },
    { name: 'n', type: 'int4', isNotNull: true, default: '5' },
  ],
};
const INSERT: Story = { op: 'c', after: ['9223372036854775807', 'a', '1'] };
const DELETE: Story = { op: 'd', before: ['7', null, null], beforeKind: 'key' };
const MOVE: Story = { op: 'u', after: ['8', 'a', '1'], before: ['7', null, null], beforeKind: 'key' };
const SAME: Story = { op: 'u', after: ['7', 'a', '1'], before: ['7', null, null], beforeKind: 'key' };

const CONTEXT = [
  ['__debezium.context.connectorLogicalName', 'shop'],
  ['__debezium.context.taskId', '0'],
  ['__debezium.context.connectorName', 'postgresql'],
  ['__debezium.context.runId', 'r'],
] as const;

describe('debezium-json', () => {
  it('writes this byte for byte', () => {
    expect(debeziumMessages({}, TABLE, INSERT)).toEqual([
      {
        key: '{"id":9223372036854775807}',
        value:
          '{"before":null,"after":{"id":9223372036854775807,"note":"a","n":1},"source":{"version":"3.6.0.Final",' +
          '"connector":"postgresql","name":"shop","ts_ms":1777000000123,"snapshot":"false","db":"db",' +
          '"sequence":"[null,\\"26001512\\"]","ts_us":1777000000123999,"ts_ns":1777000000123999000,"schema":"public",' +
          '"table":"item","txId":901,"lsn":26001512,"xmin":null,"origin":null,"origin_lsn":null},"transaction":null,' +
          '"op":"c","ts_ms":1800000000000,"ts_us":1800000000000000,"ts_ns":1800000000000000000}',
        headers: CONTEXT,
      },
    ]);
  });

  it('has the source block of MySQL for readers that know no other', () => {
    const [message] = debeziumMessages({ profile: 'mysql' }, TABLE, INSERT);
    expect(message!.value).toContain(
      '"source":{"version":"3.6.0.Final","connector":"mysql","name":"shop","ts_ms":1777000000123,"snapshot":"false",' +
        '"db":"db","sequence":"[null,\\"26001512\\"]","ts_us":1777000000123999,"ts_ns":1777000000123999000,"table":"item",' +
        '"server_id":0,"gtid":null,"file":"wal","pos":26001512,"row":0,"thread":null,"query":null},',
    );
    expect(message!.headers[2]).toEqual(['__debezium.context.connectorName', 'mysql']);
  });

  it('sends a changed key as delete, tombstone and create that tell each other', () => {
    const newKey = ['__debezium.newkey', '{"id":8}'];
    const messages = debeziumMessages({}, TABLE, MOVE);
    expect(messages.map(({ key, headers }) => [key, headers[0]])).toEqual([
      ['{"id":7}', newKey],
      ['{"id":7}', newKey],
      ['{"id":8}', ['__debezium.oldkey', '{"id":7}']],
    ]);
    expect(messages[1]!.value).toBeNull();
    expect(rowsOf(messages[0]!)).toEqual({ before: '{"id":7,"note":null,"n":5}', after: 'null' });
    expect(rowsOf(messages[2]!)).toEqual({ before: 'null', after: '{"id":8,"note":"a","n":1}' });
  });

  it('sends an old row with the same key along, but not where the server always sends one', () => {
    expect(debeziumMessages({}, TABLE, SAME).map(rowsOf)).toEqual([
      { before: '{"id":7,"note":null,"n":5}', after: '{"id":7,"note":"a","n":1}' },
    ]);
    expect(debeziumMessages({}, TABLE, SAME, 'opengauss').map(rowsOf)).toEqual([
      { before: 'null', after: '{"id":7,"note":"a","n":1}' },
    ]);
    expect(debeziumMessages({}, TABLE, MOVE, 'opengauss')).toHaveLength(3);
  });

  it('compares numbers in the key by value', () => {
    const table: TableStory = { columns: [{ name: 'n', type: 'numeric', isNotNull: true }] };
    const update = (was: string, is: string): Story => ({ op: 'u', after: [is], before: [was], beforeKind: 'key' });
    expect(debeziumMessages({}, table, update('1.50', '1.5'))).toHaveLength(1);
    expect(debeziumMessages({}, table, update('150', '15'))).toHaveLength(3);
    expect(debeziumMessages({ decimalHandling: 'string' }, table, update('1.50', '1.5'))).toHaveLength(3);
  });

  it('takes a unique index for the key where there is no primary key, and no key without one', () => {
    const columns = TABLE.columns;
    const full: Story = { op: 'd', before: [null, 'a', '1'], beforeKind: 'full' };
    expect(debeziumMessages({}, { columns, key: [], unique: [[2, 0], [1]] }, full).map(({ key }) => key)).toEqual([
      '{"n":1,"id":null}',
      '{"n":1,"id":null}',
    ]);
    expect(debeziumMessages({ schemas: true }, { columns, key: [] }, full).map(({ key }) => key)).toEqual([null, null]);
  });

  it('sends no tombstones unless they are wanted', () => {
    expect(debeziumMessages({}, TABLE, DELETE).map(({ value }) => value === null)).toEqual([false, true]);
    expect(debeziumMessages({ tombstones: false }, TABLE, DELETE)).toHaveLength(1);
    expect(debeziumMessages({ tombstones: false }, TABLE, MOVE)).toHaveLength(2);
  });

  it.each([
    [{}, '{"id":7,"note":"__debezium_unavailable_value","n":1}'],
    [{ unavailableValue: '?' }, '{"id":7,"note":"?","n":1}'],
    [{ unavailable: 'omit' }, '{"id":7,"n":1}'],
  ] as const)('puts in place of a value that was not sent: %j', (options, after) => {
    const story: Story = { op: 'u', after: ['7', undefined, '1'] };
    expect(rowsOf(debeziumMessages(options, TABLE, story)[0]!).after).toBe(after);
  });

  it('refuses a key that was not sent: nothing may stand for it', () => {
    const story: Story = { op: 'u', after: [undefined, 'a', '1'] };
    expect(() => debeziumMessages({}, TABLE, story)).toThrow(expect.objectContaining({ code: 'KEY_UNAVAILABLE' }));
  });

  it('publishes NULL as null, and only required columns have a default, unless asked to do as Debezium', () => {
    const columns = [
      { name: 'id', type: 'int4', isNotNull: true, default: "nextval('s'::regclass)" },
      { name: 'ok', type: 'bool', default: 'true' },
    ];
    const story: Story = { op: 'c', after: ['1', null] };
    const published = (nulls: 'exact' | 'debezium') => {
      const { schema, payload } = JSON.parse(debeziumMessages({ schemas: true, nulls }, { columns }, story)[0]!.value!);
      return [payload.after, schema.fields[1].fields];
    };
    const id = { type: 'int32', optional: false, default: 0, field: 'id' };
    expect(published('exact')).toEqual([{ id: 1, ok: null }, [id, { type: 'boolean', optional: true, field: 'ok' }]]);
    expect(published('debezium')).toEqual([
      { id: 1, ok: true },
      [id, { type: 'boolean', optional: true, default: true, field: 'ok' }],
    ]);
  });
});
