import { describe, expect, it } from 'vitest';
import { readText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { materialiseRow } from '../../domain/cell.ts';
import { ArrayReader } from './array.ts';

const reader = new ArrayReader();

function elements(text: string) {
  const { cells, count, isNested } = readText(text, (...cell) => reader.read(...cell));
  return isNested ? `${count} nested` : materialiseRow(cells, count);
}

describe('arrays', () => {
  it.each([
    ['{}', []],
    ['{1,-2,NULL}', ['1', '-2', null]],
    ['{NULL}', [null]],
    ['[2:4]={7,8,9}', ['7', '8', '9']],
    ['[0:0]={7}', ['7']],
    [
      '{a,"b,c","d\\"e","NULL",NULL,"","back\\\\slash","{x}"," sp "}',
      ['a', 'b,c', 'd"e', 'NULL', null, '', 'back\\slash', '{x}', ' sp '],
    ],
    ['{"\\\\x01ff",NULL,"\\\\x"}', ['\\x01ff', null, '\\x']],
    ['{null,nULLs,"中"}', ['null', 'nULLs', '中']],
    ['{"[1,3)",NULL}', ['[1,3)', null]],
    ['{{1,2},{3,4}}', '2 nested'],
    ['{{{1}},{{2}}}', '2 nested'],
    ['[0:1][0:0]={{"}{"},{"\\"{"}}', '2 nested'],
  ])('%s', (text, expected) => {
    expect(elements(text)).toEqual(expected);
  });

  it.each([
    '',
    '{',
    '}',
    '{a',
    'a}',
    '{a,}',
    '{,a}',
    '{a,,b}',
    '{"a}',
    '{"a"b}',
    '{a"b"}',
    '{a}b}',
    '[1:2]',
    '{{1}',
    '{{"1}}',
  ])('refuses %j', (text) => {
    expect(() => elements(text)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
  });

  it('reads back what the server prints', () => {
    const random = seeded(22);
    const word = () => Array.from({ length: random.below(8) }, () => random.pick([...'ab"\\, {}中😀NULL'])).join('');
    for (let i = 0; i < 500; i++) {
      const values = Array.from({ length: random.below(40) }, () => (random.chance(0.2) ? null : word()));
      const text = values.map((value) => (value === null ? 'NULL' : printed(value))).join(',');
      expect(elements(`{${text}}`)).toEqual(values);
    }
  });
});

/** Quotes what array_out quotes. */
function printed(value: string): string {
  const isQuoted = value === '' || /^null$/i.test(value) || /["\\,{}\s]/.test(value);
  return isQuoted ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : value;
}
