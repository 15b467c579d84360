import { describe, expect, it } from 'vitest';
import { changeOf, tableOf } from '../../../test/support/envelope-harness.ts';
import { afterRow, cellPlan, jsonOf } from '../../../test/support/json-codec.ts';
import type { ArrayForm, CellForm } from '../form.ts';

const TABLE = tableOf({ columns: [['c', 25, 'text']] });

/** The cell as the only member of a row; `∅` is what stands for NULL and for what cannot be said. */
function published(form: CellForm, text: string): string {
  const cell = cellPlan('c', 0, form, { whenNull: '∅' });
  const json = jsonOf(afterRow([cell]), changeOf(TABLE, { op: 'c', after: [text] }), 'connect');
  return json.slice('{"c":'.length, -1);
}

const NONE = '"∅"';
const array = (element: CellForm): ArrayForm => ({ kind: 'array', element });

/** Form, text of the database, JSON. */
const CASES: readonly (readonly [form: CellForm, text: string, json: string])[] = [
  [{ kind: 'text' }, 'a"\u001f😀', '"a\\"\\u001F\\uD83D\\uDE00"'],
  [{ kind: 'text' }, '', '""'],
  [{ kind: 'boolean' }, 't', 'true'],
  [{ kind: 'boolean' }, 'f', 'false'],
  [{ kind: 'boolean-text' }, 't', '"true"'],
  [{ kind: 'integer', bits: 64 }, '-9223372036854775808', '-9223372036854775808'],
  [{ kind: 'float', bits: 64 }, '1e+10', '1.0E10'],
  [{ kind: 'float', bits: 32 }, '-0', '-0.0'],
  [{ kind: 'float', bits: 64 }, 'NaN', '"NaN"'],
  [{ kind: 'float', bits: 32 }, '-Infinity', '"-Infinity"'],
  [{ kind: 'decimal', scale: 2 }, '-1.5', '"/2o="'],
  [{ kind: 'decimal', scale: 2 }, 'NaN', NONE],
  [{ kind: 'variable-decimal' }, '1.500', '{"scale":1,"value":"Dw=="}'],
  [{ kind: 'variable-decimal' }, 'Infinity', NONE],
  [{ kind: 'decimal-text', scale: 2 }, '1.5', '"1.50"'],
  [{ kind: 'decimal-text', scale: null }, 'NaN', '"NAN"'],
  [{ kind: 'decimal-text', scale: null }, '-Infinity', '"NEGATIVE_INFINITY"'],
  [{ kind: 'decimal-double' }, '12345678901234567890.5', '1.2345678901234567E19'],
  [{ kind: 'decimal-double' }, 'NaN', '"NaN"'],
  [{ kind: 'money', as: 'decimal' }, '$1,234.56', '"AeJA"'],
  [{ kind: 'money', as: 'decimal-text' }, '-$0.05', '"-0.05"'],
  [{ kind: 'money', as: 'decimal-double' }, '$92,233,720,368,547,758.07', '9.223372036854776E16'],
  [{ kind: 'days' }, '1969-12-31', '-1'],
  [{ kind: 'iso-date' }, '2024-02-29', '"2024-02-29Z"'],
  [{ kind: 'time', unit: 'ms' }, '00:00:01.5', '1500'],
  [{ kind: 'time', unit: 'ns' }, '24:00:00', '86400000000000'],
  [{ kind: 'iso-time' }, '12:34:56.780', '"12:34:56.78Z"'],
  [{ kind: 'zoned-time' }, '01:00:00+02', '"23:00:00Z"'],
  [{ kind: 'timestamp', unit: 'us' }, '1970-01-01 00:00:01', '1000000'],
  [{ kind: 'timestamp', unit: 'us' }, 'infinity', '9223372036825200000'],
  [{ kind: 'timestamp', unit: 'ns' }, '9999-12-31 00:00:00', NONE],
  [{ kind: 'iso-timestamp' }, '2024-02-29 12:34:56.5', '"2024-02-29T12:34:56.5Z"'],
  [{ kind: 'zoned-timestamp', digits: 3 }, '2024-02-29 12:34:56.5+00', '"2024-02-29T12:34:56.500Z"'],
  [{ kind: 'zoned-text' }, '2024-02-29 12:34:56.5+00', '"2024-02-29 12:34:56.5Z"'],
  [{ kind: 'zoned-text' }, '2024-02-29 12:34:56.5+00 BC', '"2024-02-29 12:34:56.5+00 BC"'],
  [{ kind: 'zoned-text' }, '00', '"00"'],
  [{ kind: 'interval' }, '1 day', '86400000000'],
  [{ kind: 'iso-interval' }, '1 day', '"P0Y0M1DT0H0M0S"'],
  [{ kind: 'bytes', as: 'bytes' }, '\\xfbff', '"+/8="'],
  [{ kind: 'bytes', as: 'base64' }, '\\xfbff', '"+/8="'],
  [{ kind: 'bytes', as: 'base64-url' }, '\\xfbff', '"-_8="'],
  [{ kind: 'bytes', as: 'hex' }, '\\xFBff', '"fbff"'],
  [{ kind: 'bit' }, '1', 'true'],
  [{ kind: 'bit' }, '', NONE],
  [{ kind: 'bits' }, '00000001', '"AQ=="'],
  [{ kind: 'bits' }, '0000', '""'],
  [{ kind: 'hstore', as: 'json' }, '"k"=>"😀", "n"=>NULL', '"{\\"k\\":\\"\\uD83D\\uDE00\\",\\"n\\":null}"'],
  [{ kind: 'hstore', as: 'map' }, '"k"=>"a\\"", "n"=>NULL', '{"k":"a\\"","n":null}'],
  [{ kind: 'point' }, '(1,-2)', '{"x":1.0,"y":-2.0,"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAADA","srid":null}'],
  [array({ kind: 'text' }), '{a,"b \\"c\\"",NULL,"NULL"}', '["a","b \\"c\\"",null,"NULL"]'],
  [array({ kind: 'integer', bits: 32 }), '{}', '[]'],
  [array({ kind: 'integer', bits: 32 }), '{{1,2},{3,4}}', '[null,null]'],
  [array({ kind: 'decimal', scale: 0 }), '{1,NaN}', '["AQ==",null]'],
  [{ ...array({ kind: 'text' }), isStrict: true }, '{a,NULL}', NONE],
  [{ ...array({ kind: 'text' }), isStrict: true }, '{a,b}', '["a","b"]'],
  [{ ...array({ kind: 'time', unit: 'us' }), fractionDigits: 3 }, '{00:00:00.123456}', '[123000]'],
  [{ ...array({ kind: 'zoned-time' }), fractionDigits: 0 }, '{00:00:01.9+00}', '["00:00:01Z"]'],
  [{ kind: 'null' }, 'x', NONE],
  [{ kind: 'empty-list' }, '1 2', '[]'],
  [{ kind: 'bare', form: { kind: 'text' } }, '2024-02-29', '2024-02-29'],
  [{ kind: 'bare', form: { kind: 'decimal-text', scale: 3 } }, '2', '2.000'],
  [{ kind: 'bare', form: { kind: 'decimal-text', scale: 3 } }, 'NaN', NONE],
  [{ kind: 'bare', form: { kind: 'money', as: 'decimal-text' } }, '$2.00', '2.00'],
  [{ kind: 'bare', form: { kind: 'float', bits: 64 } }, 'NaN', 'NaN'],
];

/** Texts that no server prints for the type. */
const MALFORMED: readonly (readonly [form: CellForm, text: string])[] = [
  [{ kind: 'boolean' }, 'true'],
  [{ kind: 'boolean' }, ''],
  [{ kind: 'integer', bits: 32 }, '1.5'],
  [{ kind: 'decimal', scale: 2 }, '12x'],
  [{ kind: 'bytes', as: 'base64' }, '\\xabc'],
  [{ kind: 'timestamp', unit: 'us' }, '01/02/2024'],
  [array({ kind: 'text' }), '{a'],
  [array({ kind: 'integer', bits: 32 }), '{1,b}'],
];

describe('cells in JSON', () => {
  for (const [form, text, json] of CASES) {
    it(`writes ${JSON.stringify(form)} of ${text} as ${json}`, () => {
      expect(published(form, text)).toBe(json);
    });
  }

  for (const [form, text] of MALFORMED) {
    it(`refuses ${text} as ${JSON.stringify(form)} and names the column`, () => {
      const expected = { code: 'CONVERSION_FAILED', data: { schema: 'public', table: 'orders', column: 'c' } };
      expect(() => published(form, text)).toThrow(
        expect.objectContaining({ ...expected, data: expect.objectContaining(expected.data) }),
      );
    });
  }
});
