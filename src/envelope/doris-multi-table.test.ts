import { describe, expect, it } from 'vitest';
import { type Story, tableOf, valuesOf } from '../../test/support/envelope-harness.ts';
import type { EnvelopeOptions } from './options.ts';

const COLUMNS = [
  ['id', 20, 'bigint'],
  ['note', 25, 'text'],
] as const;
const lines = (story: Story, options: Omit<EnvelopeOptions, 'format'> = {}, table = 'Order Lines') =>
  valuesOf({ format: 'doris-multi-table', ...options }, tableOf({ columns: COLUMNS, table }), story);

describe('doris-multi-table', () => {
  it('writes table, bar and row in one line', () => {
    expect(lines({ op: 'c', after: ['1', 'a|b\nc'] }).values).toEqual([
      'Order Lines|{"id":1,"note":"a|b\\nc","__deleted":"false"}',
    ]);
  });

  it('marks a delete in a visible column and sends no tombstone', () => {
    const story: Story = { op: 'd', before: ['1', null], beforeKind: 'key' };
    expect(lines(story)).toEqual({
      values: ['Order Lines|{"id":1,"note":null,"__deleted":"true"}'],
      ops: ['d before'],
    });
    expect(lines(story, { unwrap: { deleted: 'gone', sourceFields: ['table'] } }).values).toEqual([
      'Order Lines|{"id":1,"note":null,"gone":"true","__table":"Order Lines"}',
    ]);
  });

  it('sends a key change as delete and insert', () => {
    const story: Story = { op: 'u', after: ['2', 'x'], before: ['1', null], beforeKind: 'key' };
    expect(lines(story)).toEqual({
      values: [
        'Order Lines|{"id":1,"note":null,"__deleted":"true"}',
        'Order Lines|{"id":2,"note":"x","__deleted":"false"}',
      ],
      ops: ['d before', 'c after'],
    });
  });

  it.each(['a|b', 'a\nb', '|', 'a\rb'])('refuses the table name %j', (table) => {
    expect(() => lines({ op: 'c', after: ['1', 'x'] }, {}, table)).toThrow(
      expect.objectContaining({ code: 'OPTION_UNSUPPORTED', data: { schema: 'public', table } }),
    );
  });
});
