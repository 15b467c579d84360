import { describe, expect, it } from 'vitest';
import { splitNameList, splitQualifiedName } from './qualified-name.ts';

describe('qualified names', () => {
  it.each([
    ['public.t1', 'public', 't1'],
    ['public."MyT"', 'public', 'MyT'],
    ['"Sch.Em a"."Ta""ble"', 'Sch.Em a', 'Ta"ble'],
    ['"a, b".": TRUNCATE:"', 'a, b', ': TRUNCATE:'],
  ])('splits %s', (text, schema, table) => {
    expect(splitQualifiedName(text)).toEqual({ schema, table });
    expect(splitNameList(`x.y, ${text}: rest`)).toEqual({
      names: [
        { schema: 'x', table: 'y' },
        { schema, table },
      ],
      end: text.length + 5,
    });
  });

  it.each(['t1', 'a.b.c', '"a.b', 'a.', '.b', 'a b.c', '"a"b.c', ''])('finds no name in %s', (text) => {
    expect(splitQualifiedName(text)).toBeNull();
  });
});
