import { describe, expect, it } from 'vitest';
import { readText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { type HstoreEntry, hstoreJson, inHashMapOrder, readHstore } from './hstore.ts';

describe('hstore', () => {
  it('reads quotes, escapes and NULL, and orders as a HashMap', () => {
    const entries = readText('"k"=>"v", "中"=>"😀", "null"=>NULL, "q\\"uote"=>"a,b=>c"', readHstore);
    expect(entries).toEqual([
      ['k', 'v'],
      ['中', '😀'],
      ['null', null],
      ['q"uote', 'a,b=>c'],
    ]);
    // The text of a real Debezium.
    expect(hstoreJson(inHashMapOrder(entries))).toBe('{"null":null,"q\\"uote":"a,b=>c","k":"v","中":"😀"}');
    expect(hstoreJson(readText('', readHstore))).toBe('{}');
  });

  it('doubles the buckets beyond three quarters', () => {
    // One-letter keys have their code as hash: with 16 buckets "p" (112) comes before "a" (97), with 32 behind "a".
    const keys = [...'abcdefghijkl'].map((key): HstoreEntry => [key, null]);
    const order = (entries: readonly HstoreEntry[]) =>
      inHashMapOrder(entries)
        .map(([key]) => key)
        .join('');
    expect(order([...keys.slice(0, 11), ['p', null]])).toBe('pabcdefghijk');
    expect(order([...keys, ['p', null]])).toBe('abcdefghijklp');
  });

  it('writes control characters as Jackson does', () => {
    expect(hstoreJson([['\u001f\n', 'a\\u001fb"\u007f']])).toBe('{"\\u001F\\n":"a\\\\u001fb\\"\u007f"}');
  });

  it.each(['"k"', '"k"=>', '"k"=>v', '"k=>"v"', 'k=>"v"', '"k"=>"v",', '"k"=>"v","l"=>"w"', '"k"=>NUL', '"k"=>"v'])(
    'refuses %j',
    (text) => {
      expect(() => readText(text, readHstore)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
    },
  );

  it('reads back what the server prints', () => {
    const random = seeded(21);
    const word = () => Array.from({ length: random.below(6) }, () => random.pick([...'ab"\\,=> {}中😀\n'])).join('');
    const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    for (let i = 0; i < 500; i++) {
      const entries = Array.from(
        { length: random.below(20) },
        (): HstoreEntry => [word(), random.chance(0.2) ? null : word()],
      );
      const text = entries
        .map(([key, value]) => `${quoted(key)}=>${value === null ? 'NULL' : quoted(value)}`)
        .join(', ');
      expect(readText(text, readHstore)).toEqual(entries);
      expect(JSON.parse(hstoreJson(entries))).toEqual(Object.fromEntries(entries));
    }
  });
});
