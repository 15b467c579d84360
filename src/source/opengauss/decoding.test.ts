import { describe, expect, it } from 'vitest';
import { fallbackOf, startCommand, wantedDecoding, whiteTableList } from './decoding.ts';

const facts = { slot: 'gc_1', lsn: '0/AB', publication: null, tables: [{ schema: 'public', table: 'Orders' }] };

describe('startCommand', () => {
  it('asks for parallel binary in batches by default', () => {
    expect(startCommand(wantedDecoding({}), facts)).toBe(
      `START_REPLICATION SLOT "gc_1" LOGICAL 0/AB ("include-xids" 'on', "include-timestamp" 'on', "skip-empty-xacts" 'off', ` +
        `"parallel-decode-num" '4', "decode-style" 'b', "sending-batch" '1', "white-table-list" 'public.Orders')`,
    );
  });

  it('says parallel-decode-num in serial mode too, and passes options through', () => {
    const decoding = wantedDecoding({ mode: 'serial', options: { 'sender-timeout': '20000' } });
    expect(startCommand(decoding, { ...facts, tables: null })).toBe(
      `START_REPLICATION SLOT "gc_1" LOGICAL 0/AB ("sender-timeout" '20000', "include-xids" 'on', "include-timestamp" 'on', ` +
        `"skip-empty-xacts" 'off', "parallel-decode-num" '1')`,
    );
  });

  it('names style, batch and threads as asked', () => {
    const decoding = wantedDecoding({ style: 'json', batch: false, parallelism: 2 });
    expect(startCommand(decoding, facts)).toContain(
      `"parallel-decode-num" '2', "decode-style" 'j', "sending-batch" '0', "white-table-list"`,
    );
  });

  it('reads a publication with pgoutput', () => {
    expect(startCommand(wantedDecoding({ plugin: 'pgoutput' }), { ...facts, publication: `it's` })).toBe(
      `START_REPLICATION SLOT "gc_1" LOGICAL 0/AB ("proto_version" '1', "publication_names" '"it''s"')`,
    );
  });

  it('leaves out what servers before 3.0 refuse', () => {
    const command = startCommand({ ...wantedDecoding({ mode: 'serial' }), isBasic: true }, facts);
    expect(command).not.toMatch(/parallel-decode-num|white-table-list/);
  });
});

describe('fallbackOf', () => {
  it('is serial where the user did not ask for a mode', () => {
    expect(fallbackOf(wantedDecoding({}), {})).toMatchObject({ kind: 'serial' });
    expect(fallbackOf(wantedDecoding({ mode: 'parallel' }), { mode: 'parallel' })).toBeNull();
    expect(fallbackOf(wantedDecoding({ mode: 'serial' }), { mode: 'serial' })).toBeNull();
  });
});

describe('whiteTableList', () => {
  it.each([
    [
      [
        ['public', 'a'],
        ['s', "it's"],
      ],
      'public.a,s.*',
    ],
    [
      [
        ['public', 'Order Lines'],
        ['public', 'b'],
      ],
      'public.*,public.b',
    ],
    [
      [
        ['my schema', 'a.b'],
        ['x', 'y'],
      ],
      null,
    ],
    [[['my schema', 'a']], '*.a'],
  ])('%j is %s', (tables, list) => {
    expect(whiteTableList(tables.map(([schema, table]) => ({ schema: schema!, table: table! })))).toBe(list);
  });
});
