import { expect, it } from 'vitest';
import { unquoteIdentifier } from './quoted-identifier.ts';

it.each([
  ['id', 'id'],
  ['"Id"', 'Id'],
  ['"select"', 'select'],
  ['"quo""te"', 'quo"te'],
  ['""""', '"'],
  ['"中文列"', '中文列'],
  ['"', '"'],
  ['', ''],
])('undoes the quotes of %s', (quoted, name) => {
  expect(unquoteIdentifier(quoted)).toBe(name);
});
