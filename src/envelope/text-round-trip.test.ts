import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableOf, valuesOf } from '../../test/support/envelope-harness.ts';

const TABLE = tableOf({
  columns: [
    ['id', 25, 'text'],
    ['größe "x"\n', 1043, 'character varying'],
    ['note', 25, 'text'],
  ],
});
type Row = Readonly<Record<string, string | null>>;

/** How a reader gets the new row out of a value. */
const READERS: Readonly<Record<string, (value: string) => Row>> = {
  'drs-json': (value) => JSON.parse(value).data[0],
  'drs-json-c': (value) => JSON.parse(value).data[0],
  'canal-json': (value) => JSON.parse(value).data[0],
  'debezium-json': (value) => JSON.parse(value).after,
  'flat-json': (value) => JSON.parse(value),
  'doris-multi-table': (value) => {
    const { __deleted, ...row } = JSON.parse(value.slice(value.indexOf('|') + 1));
    expect(__deleted).toBe('false');
    return row;
  },
};

describe('text in is text out', () => {
  it.each(Object.keys(READERS))('in %s, on one line', (format) => {
    const nasty = fc.constantFrom(
      '',
      '|',
      '"',
      '\\',
      '\u0000',
      '\u001f\r\n\t',
      '\u2028',
      '😀',
      'null',
      'é'.repeat(5000),
    );
    const text = fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 40 }));
    fc.assert(
      fc.property(text, fc.option(text, { nil: null }), (id, cell) => {
        const [value] = valuesOf({ format }, TABLE, { op: 'c', after: [id, cell, null] }).values;
        expect(value).not.toMatch(/[\r\n]/);
        expect(READERS[format]!(value!)).toEqual({ id, 'größe "x"\n': cell, note: null });
      }),
      { numRuns: 60 },
    );
  });
});
