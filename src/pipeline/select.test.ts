import { describe, expect, it } from 'vitest';
import { CdcError } from '../domain/errors.ts';
import { compileSelection, patternFault } from './select.ts';

const matches = (pattern: string, schema: string, table: string) =>
  compileSelection({ include: [pattern] }).matches(schema, table);

describe('compileSelection', () => {
  it.each([
    ['public.orders', 'public', 'orders', true],
    ['public.orders', 'public', 'orders2', false],
    ['public.Orders', 'public', 'orders', false],
    ['public.Orders', 'public', 'Orders', true],
    ['public.*', 'public', 'anything at all', true],
    ['public.*', 'public2', 'orders', false],
    ['*.*', 'a', 'b', true],
    ['*.orders_*', 'x', 'orders_', true],
    ['public.*_log_*', 'public', 'a_log_b', true],
    ['public.*_log_*', 'public', 'a_lo_b', false],
    ['public.a*b*a', 'public', 'aba', true],
    ['public.a*a', 'public', 'a', false],
    ['public.*ab*ab', 'public', 'ab', false],
    ['sales."Order Lines"', 'sales', 'Order Lines', true],
    ['"a.b"."c""d"', 'a.b', 'c"d', true],
    ['public."*"', 'public', '*', true],
    ['public."*"', 'public', 'orders', false],
    ['public."Tmp "*', 'public', 'Tmp 1', true],
    ['public.[a-z]+', 'public', 'abc', false],
    ['public.größe', 'public', 'größe', true],
  ])('%s on %s.%s: %s', (pattern, schema, table, expected) => {
    expect(matches(pattern, schema, table)).toBe(expected);
  });

  it('stays fast with many wildcards', () => {
    expect(matches(`public.${'*a'.repeat(30)}*b`, 'public', 'a'.repeat(63))).toBe(false);
  });

  it('lets exclude win and names include patterns that match no table', () => {
    const selection = compileSelection({
      include: ['public.*', 'sales.missing', 'audit.*'],
      exclude: ['public.tmp_*', 'audit.*'],
    });
    const tables = ['public.orders', 'public.tmp_1', 'audit.log'].map((name) => {
      const [schema, table] = name.split('.') as [string, string];
      return { schema, table };
    });
    expect(selection.select(tables)).toEqual({ tables: [tables[0]], unmatched: ['sales.missing'] });
    expect(selection.matches('public', 'tmp_2')).toBe(false);
  });

  it.each([
    '',
    'orders',
    '.',
    'public.',
    '.orders',
    'a.b.c',
    'public."open',
    'public.o"pen',
    ' public.a',
    'public. a',
    '"".a',
  ])('refuses the pattern <%s>', (pattern) => {
    expect(patternFault(pattern)).not.toBeNull();
  });

  it('reports every malformed pattern with its path', () => {
    try {
      compileSelection({ include: ['orders', 'public.*'], exclude: ['a.b.c'] });
      expect.unreachable();
    } catch (error) {
      const { code, fields } = error as CdcError;
      expect(error).toBeInstanceOf(CdcError);
      expect(code).toBe('SPEC_INVALID');
      expect(fields.map((field) => field.path)).toEqual(['objects.include[0]', 'objects.exclude[0]']);
    }
  });
});
