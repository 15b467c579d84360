import { describe, expect, it } from 'vitest';
import { startPgoutput } from './stream-protocol.ts';

describe('startPgoutput', () => {
  it('quotes slot and publication', () => {
    expect(startPgoutput('gc_1', '1/AB', 'gc_1')).toBe(
      `START_REPLICATION SLOT "gc_1" LOGICAL 1/AB (proto_version '1', publication_names '"gc_1"')`,
    );
  });

  it('doubles quotes in names', () => {
    expect(startPgoutput('a"b', '0/1', `It's "x"`)).toBe(
      `START_REPLICATION SLOT "a""b" LOGICAL 0/1 (proto_version '1', publication_names '"It''s ""x"""')`,
    );
  });
});
