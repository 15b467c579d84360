import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arena } from './arena.ts';
import { type DecodedRecord, decodeBatch } from './batch-decoder.ts';
import { FRAME_PREFIX, gatheredSize, gatherRecords } from './closed-arena.ts';
import { writeBatchHeader } from './record-batch.ts';
import { varintSize, writeVarint } from './varint.ts';

interface PlainRecord {
  readonly lane: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array }[];
}

function write(arena: Arena, record: PlainRecord): void {
  const writer = arena.beginRecord(record.lane, record.key ?? new Uint8Array(0), record.key?.length ?? -1);
  if (record.value !== null) writer.append(record.value);
  arena.endValue(record.value === null);
  for (const { key, value } of record.headers) {
    for (const part of [Buffer.from(key), value]) {
      const size = Buffer.alloc(varintSize(part.length));
      writeVarint(size, 0, part.length);
      writer.append(size);
      writer.append(part);
    }
  }
  arena.endRecord(record.headers.length);
}

/** Closes the arena and reads its batches back: lane and records of each. */
function close(arena: Arena): { lane: number; bytes: number; records: readonly DecodedRecord[] }[] {
  const memory = Buffer.alloc(gatheredSize(arena));
  const batches = gatherRecords(arena, memory).map(({ lane, start, end, recordCount }) => {
    const header = { attributes: 0, recordCount, timestampMs: 5, producerId: 1n, producerEpoch: 0, baseSequence: 0 };
    writeBatchHeader(memory, start + FRAME_PREFIX, end, header);
    return { lane, bytes: end - start, records: decodeBatch(memory.subarray(start + FRAME_PREFIX, end)).records };
  });
  arena.reset();
  return batches;
}

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const plainRecord: fc.Arbitrary<PlainRecord> = fc.record({
  lane: fc.nat(3),
  key: fc.option(bytes(300)),
  value: fc.option(
    fc.oneof(
      bytes(80),
      bytes(400),
      fc.integer({ min: 8000, max: 9000 }).map((n) => new Uint8Array(n).fill(n)),
    ),
  ),
  headers: fc.array(fc.record({ key: fc.string({ maxLength: 20 }), value: bytes(90) }), { maxLength: 70 }),
});

describe('Arena', () => {
  it('gives every record back, in order per lane, whatever the lanes, sizes, nulls and headers', () => {
    fc.assert(
      fc.property(fc.array(plainRecord, { maxLength: 40 }), fc.constantFrom(300, 5000, 1e9), (records, limit) => {
        const arena = new Arena(4096);
        arena.addLanes(4, limit);
        for (const record of records) write(arena, record);
        const batches = close(arena);
        for (let lane = 0; lane < 4; lane++) {
          const read = batches.filter((batch) => batch.lane === lane).flatMap((batch) => batch.records);
          const expected = records.filter((record) => record.lane === lane);
          expect(read.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(
            expected.map(({ key, value, headers }) => ({
              key: key && Buffer.from(key),
              value: value && Buffer.from(value),
              headers: headers.map((header) => ({ key: header.key, value: Buffer.from(header.value) })),
            })),
          );
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is full at its size and when a lane has no room for one more record', () => {
    const arena = new Arena(1000);
    arena.addLanes(2, 250);
    write(arena, { lane: 0, key: null, value: Buffer.alloc(100), headers: [] });
    expect(arena.isFull).toBe(false);
    write(arena, { lane: 1, key: null, value: Buffer.alloc(100), headers: [] });
    expect(arena.isFull).toBe(false);
    write(arena, { lane: 0, key: null, value: Buffer.alloc(100), headers: [] });
    expect(arena.isFull).toBe(true);
    arena.reset();
    expect(arena.isFull).toBe(false);
    expect(arena.size).toBe(0);
  });

  it('never puts a record greater than the limit with others', () => {
    const arena = new Arena(100_000);
    arena.addLanes(1, 1000);
    const sizes = [300, 300, 5000, 300, 700, 100];
    for (const size of sizes) write(arena, { lane: 0, key: null, value: Buffer.alloc(size), headers: [] });
    const batches = close(arena).map(({ records }) => records.map(({ value }) => value?.length));
    expect(batches).toEqual([[300, 300], [5000], [300], [700, 100]]);
  });

  it('copies the key at once', () => {
    const arena = new Arena(1000);
    arena.addLanes(1, 1000);
    const key = Buffer.from('abcd');
    arena.beginRecord(0, key, 3).appendText('v');
    key.fill(0);
    arena.endValue(false);
    arena.endRecord(0);
    expect(String(close(arena)[0]?.records[0]?.key)).toBe('abc');
  });

  it('forgets a record that was begun but not ended', () => {
    const arena = new Arena(1000);
    arena.addLanes(1, 1000);
    arena.beginRecord(0, Buffer.alloc(0), -1).appendText('half');
    write(arena, { lane: 0, key: null, value: Buffer.from('whole'), headers: [] });
    expect(close(arena)[0]?.records.map(({ value }) => String(value))).toEqual(['whole']);
  });

  it('gives the memory of a huge record back', () => {
    const arena = new Arena(1000);
    arena.addLanes(1, 1000);
    const small = arena.writer.bytes.length;
    write(arena, { lane: 0, key: null, value: Buffer.alloc(1_000_000, 7), headers: [] });
    expect(close(arena)[0]?.records[0]?.value?.length).toBe(1_000_000);
    expect(arena.writer.bytes.length).toBe(small);
  });

  it('takes more records than it first has room for', () => {
    const arena = new Arena(10_000_000);
    arena.addLanes(100, 10_000_000);
    for (let i = 0; i < 20_000; i++)
      write(arena, { lane: i % 100, key: null, value: Buffer.from(String(i)), headers: [] });
    const batches = close(arena);
    expect(batches).toHaveLength(100);
    expect(batches[7]?.records.slice(0, 2).map(({ value }) => String(value))).toEqual(['7', '107']);
  });
});
