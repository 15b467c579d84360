import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roomForEscaped, writeEscaped } from './json-bytes.ts';

function escape(text: string, before = 0): string {
  const source = Buffer.from(`${'"'.repeat(before)}${text}"\n`, 'utf8');
  const end = source.length - 2;
  const room = roomForEscaped(source, before, end);
  const target = Buffer.alloc(room + before);
  const written = writeEscaped(source, before, end, target, before);
  expect(written - before).toBeLessThanOrEqual(room);
  return target.toString('utf8', before, written);
}

const slow = (text: string) => JSON.stringify(text).slice(1, -1);

describe('JSON bytes', () => {
  it('escape every ASCII character as JSON.stringify does, at every place in a word', () => {
    for (let code = 0; code < 128; code++) {
      const character = String.fromCharCode(code);
      for (const text of [character, `abc${character}`, `ab${character}cdefg`, `a${character}${character}`]) {
        expect(escape(text)).toBe(slow(text));
      }
    }
  });

  it('pass UTF-8 through', () => {
    for (const text of ['é', 'Größe "x"', '日本語\n', '😀\u2028\u007f\u0080']) expect(escape(text)).toBe(slow(text));
  });

  it('make exact room for long text', () => {
    const text = `${'x'.repeat(5000)}"\u0001${'é'.repeat(3000)}`;
    const source = Buffer.from(text, 'utf8');
    expect(roomForEscaped(source, 0, source.length)).toBe(Buffer.byteLength(slow(text)));
    expect(escape(text)).toBe(slow(text));
  });

  it('equal JSON.stringify for any text at any offset', () => {
    const unit = fc.oneof(fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f'), fc.string({ unit: 'binary', maxLength: 9 }));
    const text = fc.array(unit, { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(7), (value, before) => {
        expect(escape(value, before)).toBe(slow(value));
      }),
      { numRuns: 300 },
    );
  });
});
