import { describe, expect, it } from 'vitest';
import { changeOf, SENT_MS, type Story, TRANSACTION, tableOf } from '../../../test/support/envelope-harness.ts';
import { afterRow, cellPlan, compileRecords, type Escape } from '../../../test/support/json-codec.ts';
import { ByteWriter } from '../../domain/byte-writer.ts';
import type { HeaderPlan, RecordPlan, ValuePlan } from '../plan.ts';

const TABLE = tableOf({
  columns: [
    ['id', 20, 'bigint'],
    ['code', 25, 'text'],
  ],
});
const ID = cellPlan('id', 0, { kind: 'integer', bits: 64 });
const CODE = cellPlan('code', 1, { kind: 'text' });
const KEY = afterRow([ID, CODE]);
const NO_VALUE: RecordPlan = { keyRow: 'after', op: 'c', value: null };
const STORY: Story = { op: 'c', after: ['7', '"\n😀'] };

function keyOf(key: ValuePlan | null | undefined, story: Story = STORY, style: Escape = 'json'): string | null {
  const envelope = compileRecords([{ ...NO_VALUE, ...(key !== undefined && { key }) }], style);
  const change = changeOf(TABLE, story);
  const out = new ByteWriter(1);
  return envelope.writeKey!(envelope.parts(change)[0]!, change, out)
    ? out.bytes.toString('utf8', 0, out.position)
    : null;
}

/** Reads headers as Kafka's record format has them: zigzag lengths, then the bytes. */
function headersOf(headers: readonly HeaderPlan[], style: Escape): readonly (readonly [string, string])[] {
  const envelope = compileRecords([{ ...NO_VALUE, headers }], style);
  const change = changeOf(TABLE, STORY);
  const out = new ByteWriter(1);
  const count = envelope.writeHeaders!(envelope.parts(change)[0]!, change, TRANSACTION, SENT_MS, out);
  let at = 0;
  const text = () => {
    let zigzag = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = out.bytes[at++]!;
      zigzag |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += zigzag / 2;
    return out.bytes.toString('utf8', at - zigzag / 2, at);
  };
  const read = Array.from({ length: count }, () => [text(), text()] as const);
  expect(at).toBe(out.position);
  return read;
}

describe('record keys in JSON', () => {
  it('are left to the pipeline where a shape has none of its own', () => {
    expect(compileRecords([NO_VALUE]).writeKey).toBeNull();
  });

  it('are null, or the value of the plan', () => {
    expect(keyOf(null)).toBeNull();
    expect(keyOf(KEY)).toBe('{"id":7,"code":"\\"\\n😀"}');
    expect(keyOf(KEY, STORY, 'connect')).toBe('{"id":7,"code":"\\"\\n\\uD83D\\uDE00"}');
    const withSchema: ValuePlan = {
      kind: 'object',
      members: [
        { name: 'schema', value: { kind: 'constant', value: { type: 'struct' } } },
        { name: 'payload', value: KEY },
      ],
    };
    expect(keyOf(withSchema)).toBe('{"schema":{"type":"struct"},"payload":{"id":7,"code":"\\"\\n😀"}}');
  });

  it('are refused when a column of them was not sent and nothing stands for it', () => {
    const story: Story = { op: 'u', after: [undefined, 'x'] };
    expect(() => keyOf(KEY, story)).toThrow(
      expect.objectContaining({ code: 'KEY_UNAVAILABLE', data: { schema: 'public', table: 'orders', column: 'id' } }),
    );
    expect(keyOf(afterRow([{ ...ID, whenUnsent: 0 }, CODE]), story)).toBe('{"id":0,"code":"x"}');
  });

  it('are refused at once when a shape is not one', () => {
    expect(() => compileRecords([{ ...NO_VALUE, key: null }, NO_VALUE])).toThrow(/others none/);
    expect(() => keyOf({ kind: 'number', field: 'xid' })).toThrow(/number or text of the change/);
  });
});

describe('headers of a JSON format', () => {
  it('are none where a shape has none', () => {
    expect(compileRecords([NO_VALUE]).writeHeaders).toBeNull();
  });

  it('are texts as they are, and JSON', () => {
    const constant = (name: string, value: string | number) => ({ name, value: { kind: 'constant', value } as const });
    const long = 'v'.repeat(300);
    const headers = [
      constant('näme', 'a "text"'),
      constant('n', 1),
      { name: 'key', value: KEY },
      constant('long', long),
    ];
    expect(headersOf(headers, 'json')).toEqual([
      ['näme', 'a "text"'],
      ['n', '1'],
      ['key', '{"id":7,"code":"\\"\\n😀"}'],
      ['long', long],
    ]);
  });

  it("escape as Kafka Connect's SimpleHeaderConverter: quotes and backslashes only", () => {
    expect(headersOf([{ name: 'key', value: KEY }], 'connect')).toEqual([['key', '{"id":7,"code":"\\"\n😀"}']]);
  });

  it('belong to their records', () => {
    const header: HeaderPlan = { name: 'h', value: { kind: 'constant', value: 'v' } };
    const envelope = compileRecords([NO_VALUE, { ...NO_VALUE, headers: [header] }]);
    const change = changeOf(TABLE, STORY);
    const counts = envelope
      .parts(change)
      .map((part) => envelope.writeHeaders!(part, change, TRANSACTION, SENT_MS, new ByteWriter(1)));
    expect(counts).toEqual([0, 1]);
  });
});
