import { describe, expect, it } from 'vitest';
import { EVENT_NUMBER, SENT_MS, type Story, tableOf, valuesOf } from '../../test/support/envelope-harness.ts';

const TABLE = tableOf({
  schema: 'sales',
  table: 'Order "Lines"',
  columns: [
    ['id', 20, 'bigint'],
    ['note', 25, 'text'],
    ['paid', 16, 'boolean'],
    ['photo', 17, 'bytea'],
    ['at', 1114, 'timestamp without time zone'],
    ['seen', 1184, 'timestamp with time zone'],
    ['tags', 1009, 'text[]'],
  ],
});
const NEW = ['7', 'a "b"\n', 't', '\\x00ff', '2026-05-01 12:34:56.5', '2026-05-01 12:34:56.5+00', '{a,"b c"}'];
const OLD = ['7', null, 'f', '\\x00ff', '2026-05-01 12:34:56.5', '2026-05-01 12:34:56.5+00', '{a,"b c"}'];
const NEW_ROW = {
  id: '7',
  note: 'a "b"\n',
  paid: 'true',
  photo: 'AP8=',
  at: '2026-05-01 12:34:56.5',
  seen: '2026-05-01 12:34:56.5Z',
  tags: '{a,"b c"}',
};

function messageOf(story: Story, options = {}): Record<string, unknown> {
  const { values } = valuesOf({ format: 'canal-json', ...options }, TABLE, story);
  expect(values).toHaveLength(1);
  return JSON.parse(values[0]!);
}

describe('canal-json', () => {
  it('writes an insert as this, byte for byte', () => {
    const { values } = valuesOf({ format: 'canal-json' }, tableOf({ columns: [['id', 23, 'integer']] }), {
      op: 'c',
      after: ['7'],
    });
    expect(values).toEqual([
      `{"id":${EVENT_NUMBER},"database":"shop","schema":"public","table":"orders","pkNames":["id"],"isDdl":false,` +
        `"type":"INSERT","es":1777000000123,"ts":${SENT_MS},"sql":"","sqlType":{"id":4},"mysqlType":{"id":"integer"},` +
        '"data":[{"id":"7"}],"old":null}',
    ]);
  });

  it('writes values as the texts that Flink reads', () => {
    expect(messageOf({ op: 'c', after: NEW })).toMatchObject({
      database: 'shop',
      schema: 'sales',
      table: 'Order "Lines"',
      data: [NEW_ROW],
      sqlType: { id: -5, paid: 16, seen: 2014, tags: 2003 },
      mysqlType: { id: 'bigint', seen: 'timestamp with time zone' },
    });
    expect(messageOf({ op: 'c', after: NEW }, { binaryHandling: 'hex' })).toMatchObject({ data: [{ photo: '00ff' }] });
  });

  it('says in old what changed, a NULL as null', () => {
    const story: Story = { op: 'u', after: NEW, before: OLD, beforeKind: 'full' };
    expect(messageOf(story)).toMatchObject({ type: 'UPDATE', data: [NEW_ROW], old: [{ note: null, paid: 'false' }] });
  });

  it('takes a value that was not sent as unchanged', () => {
    const after = [...NEW];
    const story: Story = {
      op: 'u',
      after: after.with(1, undefined as never),
      before: OLD.with(1, 'long'),
      beforeKind: 'full',
    };
    expect(messageOf(story)).toMatchObject({ data: [{ note: 'long' }], old: [{ paid: 'false' }] });
  });

  it('writes an old row of nothing where the server sent none, because Flink stops without one', () => {
    const message = messageOf({ op: 'u', after: ['7', undefined, 't', null, null, null, null] });
    expect(message.old).toEqual([{}]);
    expect(Object.keys((message.data as object[])[0]!)).not.toContain('note');
  });

  it('leaves a placeholder for a value that was not sent when asked to', () => {
    const message = messageOf(
      { op: 'u', after: ['7', undefined, 't', undefined, undefined, undefined, undefined] },
      { unavailable: 'placeholder', unavailableValue: '?' },
    );
    expect(message.data).toEqual([{ id: '7', note: '?', paid: 'true', photo: 'Pw==', at: '?', seen: null, tags: '?' }]);
  });

  it('sends a key change as one update by the new key', () => {
    const story: Story = {
      op: 'u',
      after: NEW.with(0, '8'),
      before: OLD.map((cell, i) => (i > 0 ? null : cell)),
      beforeKind: 'key',
    };
    expect(messageOf(story)).toMatchObject({ type: 'UPDATE', data: [{ ...NEW_ROW, id: '8' }], old: [{ id: '7' }] });
    expect(valuesOf({ format: 'canal-json' }, TABLE, story).ops).toEqual(['u after']);
  });

  it.each([
    ['key', ['7', null, null, null, null, null, null], { id: '7' }],
    ['full', NEW, NEW_ROW],
  ] as const)('has the deleted row in data: identity %s', (beforeKind, before, row) => {
    const message = messageOf({ op: 'd', before, beforeKind });
    expect(message).toMatchObject({ type: 'DELETE', old: null });
    expect(message.data).toEqual([row]);
  });
});
