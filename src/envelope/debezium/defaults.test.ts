import { describe, expect, it } from 'vitest';
import { debeziumMessages } from '../../../test/support/debezium-table.ts';
import type { EnvelopeOptions } from '../options.ts';

/** The default in the schema of a required column, as text; undefined: none. */
function defaultOf(type: string, expression: string, modifier = -1, options: Omit<EnvelopeOptions, 'format'> = {}) {
  const labels = type === 'mood' || type === 'Odd Type' ? { labels: ['a'] } : {};
  const column = { name: 'c', type, modifier, isNotNull: true, default: expression, ...labels };
  const table = { columns: [column], key: [] };
  const story = { op: 'd', before: [null], beforeKind: 'full' } as const;
  const [message] = debeziumMessages({ schemas: true, ...options }, table, story);
  return /"default":(.*?),"field":"c"/.exec(message!.value!)?.[1];
}

describe('defaults in schemas', () => {
  it.each([
    ['int8', "'9007199254740993'::bigint", '9007199254740993'],
    ['int4', '(1 + 2)', undefined],
    ['int4', "nextval('s'::regclass)", '0'],
    ['int4', "(date_part('day'::text, now()))::integer", '0'],
    ['float8', "'10000000000'::numeric", '1.0E10'],
    ['bool', 'true', 'true'],
    ['text', "'it''s'::text", '"it"'],
    ['text', "('a'::text || 'b'::text)", '"a"'],
    ['text', 'CURRENT_USER', '"CURRENT_USER"'],
    ['varchar', 'NULL::character varying', undefined],
    ['text', "'two\nlines'::text", '"two\\nlines"'],
    ['uuid', 'gen_random_uuid()', '"00000000-0000-0000-0000-000000000000"'],
    ['uuid', 'something', undefined],
    ['date', 'CURRENT_DATE', '0'],
    ['date', "'2024-02-29'::date", '19782'],
    ['date', "('now'::text)::date", undefined],
    ['timestamp', "'infinity'::timestamp without time zone", '-9223372036853775810'],
    ['timestamptz', 'now()', '"1970-01-01T00:00:00.000000Z"'],
    ['timetz', "'12:34:56+02'::time with time zone", undefined],
    ['interval', "'1 day 02:00:00'::interval", '93600000000'],
    ['interval', "'@ 1 day'::interval", undefined],
    ['numeric', '3.14', undefined],
    ['money', "'$5.50'::money", undefined],
    ['bytea', "'\\x0102'::bytea", undefined],
    ['_int4', "'{1,2}'::integer[]", undefined],
    ['mood', "'a'::mood", '"a"'],
    ['mood', "'a'::other", undefined],
  ])('%s default %s: %s', (type, expression, text) => {
    expect(defaultOf(type, expression)).toBe(text);
  });

  it('have the scale of the column, or are left out where they do not fit it', () => {
    const modifier = ((5 << 16) | 2) + 4;
    expect(defaultOf('numeric', '1.5', modifier)).toBe('"AJY="');
    expect(defaultOf('numeric', '1.500', modifier, { decimalHandling: 'string' })).toBe('"1.50"');
    expect(defaultOf('numeric', '1.505', modifier)).toBeUndefined();
    expect(defaultOf('numeric', "nextval('s'::regclass)", modifier)).toBe('"AA=="');
  });

  it('of bits are a boolean for one and bytes for many', () => {
    expect(defaultOf('bit', `'1'::"bit"`, 1)).toBe('true');
    expect(defaultOf('bit', `'1010'::"bit"`, 4)).toBe('"Cg=="');
    expect(defaultOf('bit', 'f()', 1)).toBeUndefined();
  });

  it('of a type whose name needs quotes are read since 3.6', () => {
    expect(defaultOf('Odd Type', `'a'::"Odd Type"`)).toBe('"a"');
    expect(defaultOf('Odd Type', `'a'::"Odd Type"`, -1, { profile: '3.1' })).toBeUndefined();
  });
});
