import { describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteLiteral, quoteTable } from './quoting.ts';

describe('quoting', () => {
  it('keeps case, spaces and quotes of a name', () => {
    expect(quoteIdentifier('Order "Lines"')).toBe('"Order ""Lines"""');
    expect(quoteTable({ schema: 'sales', table: 'a.b' })).toBe('"sales"."a.b"');
  });

  it('doubles quotes and backslashes of a value', () => {
    expect(quoteLiteral("it's")).toBe("'it''s'");
    expect(quoteLiteral('a\\b')).toBe("E'a\\\\b'");
  });
});
