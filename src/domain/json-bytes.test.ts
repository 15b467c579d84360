import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantText, roomForEscaped, writeConstant, writeDigits, writeEscaped } from './json-bytes.ts';

function escaped(text: string, before = 0): string {
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
        expect(escaped(text)).toBe(slow(text));
      }
    }
  });

  it('pass UTF-8 through', () => {
    for (const text of ['é', 'Größe "x"', '日本語\n', '😀\u2028\u007f\u0080']) expect(escaped(text)).toBe(slow(text));
  });

  it('make exact room for long text', () => {
    const text = `${'x'.repeat(5000)}"\u0001${'é'.repeat(3000)}`;
    const source = Buffer.from(text, 'utf8');
    expect(roomForEscaped(source, 0, source.length)).toBe(Buffer.byteLength(slow(text)));
    expect(escaped(text)).toBe(slow(text));
  });

  it('equal JSON.stringify for any text at any offset', () => {
    const unit = fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f'),
      fc.string({ unit: 'binary', maxLength: 9 }),
    );
    const text = fc.array(unit, { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(7), (value, before) => {
        expect(escaped(value, before)).toBe(slow(value));
      }),
      { numRuns: 300 },
    );
  });
});

describe('constant text and digits', () => {
  const written = (write: (target: Buffer) => number) => {
    const target = Buffer.alloc(2000, 0x2e);
    return target.toString('utf8', 1, write(target));
  };

  it('write text of any length', () => {
    for (const length of [0, 1, 2, 3, 4, 5, 47, 48, 49, 500]) {
      const text = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1);
      expect(written((target) => writeConstant(constantText(text), target, 1))).toBe(text);
    }
  });

  it('write numbers of every length', () => {
    const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);
    const numbers = [
      0,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      1_777_000_000_123,
      1_763_719_200_000_001,
      Number.MAX_SAFE_INTEGER,
    ];
    for (const number of [...numbers, ...powers, ...powers.map((power) => power - 1)]) {
      expect(written((target) => writeDigits(number, target, 1))).toBe(String(number));
    }
  });

  it('write any safe integer as String does', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        expect(written((target) => writeDigits(number, target, 1))).toBe(String(number));
      }),
    );
  });
});
