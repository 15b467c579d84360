import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../domain/byte-writer.ts';
import type { Change } from '../domain/change.ts';
import { compileHeaders, writeHeaders } from './headers.ts';

const change = (lsnHigh: number, lsnLow: number, eventNumber: number): Change => ({
  op: 'u',
  relation: { oid: 1, schema: 's', table: 't', replicaIdentity: 'd', columns: [] },
  after: null,
  before: null,
  beforeKind: 'none',
  lsnHigh,
  lsnLow,
  eventNumber,
});

/** Reads zigzag-varint framed headers back the slow way. */
function read(bytes: Buffer, count: number): Record<string, string> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value / 2;
    }
  };
  const text = () => {
    const length = varint();
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const headers: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    const name = text();
    headers[name] = text();
  }
  expect(at).toBe(bytes.length);
  return headers;
}

describe('record headers', () => {
  it('are those of the contract, as text', () => {
    const out = new ByteWriter(8);
    const template = compileHeaders('task1', 'sales', 'Order Lines é', null);
    const count = writeHeaders(template, 'u', change(0x16, 0xb374d848, 1_763_719_200_000_001), 731, out);
    expect(read(out.bytes.subarray(0, out.position), count)).toEqual({
      'gausscast-task': 'task1',
      'gausscast-id': '1763719200000001',
      'gausscast-op': 'u',
      'gausscast-table': 'sales.Order Lines é',
      'gausscast-lsn': '16/B374D848',
      'gausscast-xid': '731',
    });
  });

  it('leave out an unknown xid and name the node of several', () => {
    const out = new ByteWriter(8);
    const long = 'x'.repeat(200);
    const count = writeHeaders(compileHeaders('task1', 's', long, 'dn1'), 'd', change(0, 0, 1), -1, out);
    const headers = read(out.bytes.subarray(0, out.position), count);
    expect(headers).toMatchObject({ 'gausscast-lsn': '0/0', 'gausscast-node': 'dn1', 'gausscast-table': `s.${long}` });
    expect(headers).not.toHaveProperty('gausscast-xid');
  });

  it('print every position as the server does', () => {
    for (const [high, low, text] of [
      [0, 0xf, '0/F'],
      [1, 0x10, '1/10'],
      [0xffffffff, 0xffffffff, 'FFFFFFFF/FFFFFFFF'],
      [0x100, 0x80000000, '100/80000000'],
    ] as const) {
      const out = new ByteWriter(8);
      const count = writeHeaders(compileHeaders('t', 's', 't', null), 'c', change(high, low, 7), 1, out);
      expect(read(out.bytes.subarray(0, out.position), count)['gausscast-lsn']).toBe(text);
    }
  });
});
