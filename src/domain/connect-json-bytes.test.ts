import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectEscaped, roomForConnectEscaped, writeConnectEscaped } from './connect-json-bytes.ts';

function written(text: string, before = 0): string {
  const source = Buffer.from(`${'"'.repeat(before)}${text}"😀`, 'utf8');
  const end = source.length - 5;
  const room = roomForConnectEscaped(source, before, end);
  const target = Buffer.alloc(room + before);
  const position = writeConnectEscaped(source, before, end, target, before);
  expect(position - before).toBeLessThanOrEqual(room);
  return target.toString('utf8', before, position);
}

/** What Jackson's generator does with JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8 off, unit by unit. */
function slow(text: string): string {
  const named: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n' };
  Object.assign(named, { '\r': '\\r', '\t': '\\t' });
  return Array.from({ length: text.length }, (_, i) => {
    const unit = text.charCodeAt(i);
    const isEscaped = unit < 0x20 || (unit >= 0xd800 && unit <= 0xdfff);
    return named[text[i]!] ?? (isEscaped ? `\\u${unit.toString(16).toUpperCase().padStart(4, '0')}` : text[i]!);
  }).join('');
}

describe('JSON bytes as Kafka Connect writes them', () => {
  it('escape controls with upper-case digits and what lies outside the BMP as surrogates', () => {
    const text = '"\\/\b\f\n\r\t\u0000\u001f<é\u007f\u0080\u2028\uffff😀\u{10ffff}';
    const expected = '\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001F<é\u007f\u0080\u2028\uffff\\uD83D\\uDE00\\uDBFF\\uDFFF';
    expect(written(text)).toBe(expected);
    expect(connectEscaped(text)).toBe(expected);
  });

  it('escape every character at every place in a word', () => {
    for (const character of [...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)), '中', '😀']) {
      for (const text of [character, `a${character}`, `ab${character}c`, `abc${character}defg`, character.repeat(5)]) {
        expect(written(text)).toBe(slow(text));
      }
    }
  });

  it('make exact room for long text', () => {
    const text = `${'x'.repeat(5000)}"\u0001${'é'.repeat(3000)}😀`;
    const source = Buffer.from(text, 'utf8');
    expect(roomForConnectEscaped(source, 0, source.length)).toBe(Buffer.byteLength(slow(text)));
    expect(written(text)).toBe(slow(text));
  });

  it('are the same for any text at any offset, and for constants', () => {
    const unit = fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f', '😀', '\u2028'),
      fc.string({ unit: 'binary', maxLength: 9 }),
    );
    const text = fc.array(unit, { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(7), (value, before) => {
        expect(written(value, before)).toBe(slow(value));
        expect(connectEscaped(value)).toBe(slow(value));
        expect(JSON.parse(`"${written(value)}"`)).toBe(value);
      }),
      { numRuns: 300 },
    );
  });
});
