import { describe, expect, it } from 'vitest';
import { materialiseRow } from '../../domain/cell.ts';
import { FrameReader } from './frame-reader.ts';
import { unescapeJsonLiteral } from './json-text.ts';
import { readJsonValues } from './json-values.ts';
import { LiteralCells } from './literal-cells.ts';
import { emptyRow } from './tuple.ts';

const identity = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

/** Reads the values of a row of as many columns from a frame in the middle of other bytes. */
function read(values: string, columns: number, positions = identity(columns)) {
  const cells = new LiteralCells(emptyRow(8), unescapeJsonLiteral);
  const bytes = Buffer.from(`"'${values}'"]`);
  const before = Buffer.from(bytes);
  const reader = new FrameReader();
  reader.open(bytes, 2, bytes.length - 3, 0, 9);
  readJsonValues(reader, columns, positions, cells);
  expect(bytes.equals(before)).toBe(true);
  return { row: cells.row, cells: materialiseRow(cells.row, columns), isView: cells.row.bytes === bytes, reader };
}

/** One value, JSON-escaped as the server does it. */
const one = (literal: string) => read(`${JSON.stringify(literal)}]`, 1).cells[0];

describe('values of the JSON style', () => {
  it.each([
    ['null', null],
    ["'null'", 'null'],
    ['true', 't'],
    ['false', 'f'],
    ["'true'", 'true'],
    ["B'1010'", '1010'],
    ["B''", ''],
    ["'B''1'''", "B'1'"],
    ['42', '42'],
    ['-.001', '-.001'],
    ['.01', '.01'],
    ['NaN', 'NaN'],
    ['-Infinity', '-Infinity'],
    ['Infinity', 'Infinity'],
    ["''", ''],
    ["'it''s'", "it's"],
    ["''''", "'"],
    ["'\\x6162'", '\\x6162'],
    ["'a\\b''c\\'", "a\\b'c\\"],
    ['\'{"a": 1}\'', '{"a": 1}'],
    ["'line\n\r\t\b\f\u0001end'", 'line\n\r\t\b\f\u0001end'],
    ["'größe 中 😀'", 'größe 中 😀'],
  ])('reads %s', (literal, text) => {
    expect(one(literal)).toBe(text);
  });

  it.each([
    ['"\'\\u00e9\\u4e2d\\ud83d\\ude00\\/\'"', 'é中😀/'],
    ['"\'\\u0031\\u0032\'"', '12'],
  ])('reads the escapes of %s', (value, text) => {
    expect(read(`${value}]`, 1).cells).toEqual([text]);
  });

  it('keeps views into the frame unless a cell of the row is escaped', () => {
    expect(read(`"1","'plain'","null"]`, 3)).toMatchObject({ isView: true, cells: ['1', 'plain', null] });
    const escaped = read(`"1","'it''s'","null","'\\"'","'plain'","true"]`, 6);
    expect(escaped).toMatchObject({ isView: false, cells: ['1', "it's", null, '"', 'plain', 't'] });
  });

  it('puts the cells of some columns where they belong', () => {
    expect(read(`"2","'it''s'"]`, 4, Int32Array.of(3, 1)).cells).toEqual([undefined, "it's", undefined, '2']);
  });

  it('reads rows larger than the scratch buffer it keeps', () => {
    const long = "it''s ".repeat(300_000);
    expect(one(`'${long}'`)).toBe(long.replaceAll("''", "'"));
  });

  it.each([
    ['no end of the list', '"1"', 1],
    ['no end of a value', `"1`, 1],
    ['no end of a literal', `"'a"]`, 1],
    ['a literal that ends early', `"'a'b'"]`, 1],
    ['a value too few', '"1"]', 2],
    ['a value too many', '"1","2"]', 1],
    ['a value that is no string', '1]', 1],
    ['an empty value', '""]', 1],
    ['a bare text', '"abc"]', 1],
    ['an escape in a bare value', '"\\u0031"]', 1],
    ['other bits', `"B'102'"]`, 1],
    ['an unknown escape', `"'\\x41'"]`, 1],
    ['an escape cut short', `"'\\u00'"]`, 1],
    ['an escaped quote', `"'\\u0027'"]`, 1],
    ['half a surrogate pair', `"'\\ud83d'"]`, 1],
    ['the other half', `"'\\ude00'"]`, 1],
  ])('refuses %s', (_, values, columns) => {
    expect(() => read(values, columns)).toThrow(expect.objectContaining({ code: 'DECODE_FAILED' }));
  });
});
