import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cell, changeOf, TRANSACTION, tableOf } from '../../../test/support/envelope-harness.ts';
import { afterRow, cellPlan, type Escape, jsonOf } from '../../../test/support/json-codec.ts';
import type { Change, Transaction } from '../../domain/change.ts';
import { toLsn } from '../../domain/lsn.ts';
import type { NumberField, TextField, ValuePlan } from '../plan.ts';

const TABLE = tableOf({
  columns: [
    ['text "1"\n😀', 25, 'text'],
    ['flag', 16, 'boolean'],
    ['list', 1009, 'text[]'],
  ],
});
const CHANGE = changeOf(TABLE, { op: 'c', after: ['x', 't', '{}'] });

const number = (field: NumberField): ValuePlan => ({ kind: 'number', field });
const text = (field: TextField): ValuePlan => ({ kind: 'text', field });

function fieldOf(value: ValuePlan, transaction: Partial<Transaction> = {}, change: Partial<Change> = {}): string {
  return jsonOf(value, { ...CHANGE, ...change }, 'connect', { ...TRANSACTION, ...transaction });
}

describe('fields of the change in JSON', () => {
  it('are exact digits', () => {
    const fields: readonly NumberField[] = [
      'event-number',
      'xid',
      'lsn',
      'commit-ms',
      'commit-us',
      'commit-ns',
      'sent-ms',
      'sent-us',
      'sent-ns',
    ];
    expect(fields.map((field) => fieldOf(number(field)))).toEqual([
      '1777000000000042',
      '901',
      '26001512',
      '1777000000123',
      '1777000000123999',
      '1777000000123999000',
      '1777000000456',
      '1777000000456000',
      '1777000000456000000',
    ]);
  });

  it('print an LSN beyond the safe integers', () => {
    const change = { lsnHigh: 0xffff_ffff, lsnLow: 0xffff_fff1 };
    expect(fieldOf(number('lsn'), {}, change)).toBe('18446744073709551601');
    const transaction = { originLsn: toLsn(2n ** 53n + 1n), previousLsn: toLsn(2n ** 63n + 1n) };
    expect(fieldOf(number('origin-lsn'), transaction)).toBe('9007199254740993');
    expect(fieldOf(text('sequence'), transaction, change)).toBe(
      String.raw`"[\"9223372036854775809\",\"18446744073709551601\"]"`,
    );
  });

  it('are null where they are not known', () => {
    expect(fieldOf(number('xid'), { xid: -1 })).toBe('null');
    expect(fieldOf(number('origin-lsn'))).toBe('null');
    expect(fieldOf(text('origin'))).toBe('null');
    expect(fieldOf(text('sequence'))).toBe(String.raw`"[null,\"26001512\"]"`);
  });

  it('tell origin and sequence as text', () => {
    expect(fieldOf(text('origin'), { origin: 'node "1"😀' })).toBe(String.raw`"node \"1\"\uD83D\uDE00"`);
    expect(fieldOf(text('sequence'), { previousLsn: toLsn(0n) })).toBe(String.raw`"[\"0\",\"26001512\"]"`);
  });
});

describe('values in JSON', () => {
  it('are objects, lists and texts in front, without spaces', () => {
    const value: ValuePlan = {
      kind: 'prefixed',
      prefix: 'a "table"|',
      value: {
        kind: 'object',
        members: [
          { name: 'é\n', value: { kind: 'list', items: [number('xid'), { kind: 'constant', value: '\u001f' }] } },
          { name: 'none', value: { kind: 'object', members: [] } },
        ],
      },
    };
    expect(jsonOf(value, CHANGE, 'json')).toBe('a "table"|{"é\\n":[901,"\\u001f"],"none":{}}');
    expect(jsonOf(value, CHANGE, 'connect')).toBe('a "table"|{"é\\n":[901,"\\u001F"],"none":{}}');
  });

  it.each<Escape>(['json', 'connect'])('are what JSON.parse reads, for any row, escaped as %s', (style) => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0x1f }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('"', '\\', '\u2028', '\u007f', '😀', '\u{10ffff}', 'x'.repeat(60)),
      fc.string({ unit: 'binary', maxLength: 9 }),
    );
    // PostgreSQL has no NUL in text, but nothing here depends on it.
    const anyText = fc.oneof(
      fc.array(unit, { maxLength: 20 }).map((units) => units.join('')),
      fc.constantFrom('y'.repeat(5000), `${'é'.repeat(3000)}"😀\n`),
    );
    const name = TABLE.relation.columns[0]!.name;
    const cells = [
      cellPlan(name, 0, { kind: 'text' }),
      cellPlan('flag', 1, { kind: 'boolean' }),
      cellPlan('list', 2, { kind: 'array', element: { kind: 'text' } }),
    ];
    const plan: ValuePlan = { kind: 'object', members: [{ name, value: afterRow(cells) }] };
    fc.assert(
      fc.property(
        fc.option(anyText),
        fc.boolean(),
        fc.array(fc.option(anyText), { maxLength: 4 }),
        (value, flag, list) => {
          const after: Cell[] = [value, flag ? 't' : 'f', arrayText(list)];
          const json = jsonOf(plan, changeOf(TABLE, { op: 'c', after }), style);
          const model = { [name]: { [name]: value, flag, list } };
          expect(JSON.parse(json)).toEqual(model);
          expect(json).toBe(style === 'json' ? JSON.stringify(model) : asConnect(JSON.stringify(model)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** What Kafka Connect writes otherwise. An escaped backslash is taken along, so that no match begins with its second half. */
function asConnect(json: string): string {
  return json.replace(/\\\\|\\u00..|[\u{10000}-\u{10ffff}]/gu, (found) => {
    if (found === '\\\\') return found;
    if (found.startsWith('\\')) return `\\u${found.slice(2).toUpperCase()}`;
    return found
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase()}`)
      .join('');
  });
}

/** As array_out quotes. */
function arrayText(list: readonly (string | null)[]): string {
  const items = list.map((item) => (item === null ? 'NULL' : `"${item.replace(/["\\]/g, '\\$&')}"`));
  return `{${items.join()}}`;
}
