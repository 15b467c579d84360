import { describe, expect, it } from 'vitest';
import { parseDurationMs, startCommand } from './start-replication.ts';

describe('startCommand', () => {
  it('quotes slot and publication', () => {
    expect(startCommand('gc_1', '1/AB', 'gc_1')).toBe(
      `START_REPLICATION SLOT "gc_1" LOGICAL 1/AB (proto_version '1', publication_names '"gc_1"')`,
    );
  });

  it('doubles quotes in names', () => {
    expect(startCommand('a"b', '0/1', `It's "x"`)).toBe(
      `START_REPLICATION SLOT "a""b" LOGICAL 0/1 (proto_version '1', publication_names '"It''s ""x"""')`,
    );
  });
});

describe('parseDurationMs', () => {
  it.each([
    ['0', 0],
    ['1min', 60_000],
    ['30s', 30_000],
    ['1500ms', 1500],
    ['250', 250],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it('refuses what it does not know', () => {
    expect(() => parseDurationMs('1 fortnight')).toThrow(expect.objectContaining({ code: 'SOURCE_QUERY' }));
    expect(() => parseDurationMs('')).toThrow(/wal_sender_timeout/);
  });
});
