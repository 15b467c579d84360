import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, SENT_MS, type Story, TRANSACTION, tableOf } from '../../test/support/envelope-harness.ts';
import { ByteWriter } from '../domain/byte-writer.ts';
import { createEnvelope, OFFERED_FORMATS } from '../envelope/formats.ts';
import type { EnvelopeOptions } from '../envelope/options.ts';
import type { SinkSession } from '../sink/sink.ts';
import { ChangePublisher, compileBinding } from './binding.ts';
import type { PartitionPolicy } from './route.ts';

const PARTITIONS = 12;
const TABLE = tableOf({
  columns: [
    ['v', 25, 'text'],
    ['line', 25, 'text'],
    ['id', 20, 'bigint'],
  ],
  key: [2, 1],
});

interface Published {
  readonly lane: number;
  readonly key: string | null;
  readonly hasValue: boolean;
}

/** What a change is published as. */
function publish(story: Story, envelope: EnvelopeOptions, policy: PartitionPolicy = 'primary-key-hash', table = TABLE) {
  const records: Published[] = [];
  const out = new ByteWriter(256);
  const sink = {
    beginRecord(lane: number, key: Buffer, length: number) {
      records.push({ lane, key: length < 0 ? null : key.toString('utf8', 0, length), hasValue: true });
      return out;
    },
    endValue(isNull: boolean) {
      records.push({ ...records.pop()!, hasValue: !isNull });
    },
    endRecord: () => undefined,
  } as unknown as SinkSession;
  const binding = compileBinding({
    taskId: 'id',
    taskName: 'task',
    database: 'shop',
    dialect: 'postgres',
    node: null,
    description: table,
    envelope: createEnvelope(envelope),
    recordKey: envelope.key,
    policy,
    topic: { name: 't', partitions: PARTITIONS, actualPartitions: PARTITIONS, firstLane: 0, created: false },
    counters: { schema: 'public', table: 'orders', topic: 't', inserted: 0, updated: 0, deleted: 0 },
  });
  new ChangePublisher(sink).publish(binding, changeOf(table, story), TRANSACTION, SENT_MS);
  return records;
}

const key = (line: string, id: string) => JSON.stringify({ id, line });
const insert = (line: string, id: string): Story => ({ op: 'c', after: ['v', line, id] });
const partitionOf = (line: string, id: string) => publish(insert(line, id), { format: 'drs-json' })[0]!.lane;

describe('the partition of a record', () => {
  it('is that of its row, whatever the format and the key', () => {
    const formats = fc.constantFrom(...OFFERED_FORMATS);
    const keys = fc.constantFrom('default', 'string') as fc.Arbitrary<'default' | 'string'>;
    const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);
    fc.assert(
      fc.property(formats, keys, fc.string({ unit: 'grapheme' }), id, (format, recordKey, line, number) => {
        const before = [null, line, number];
        const stories: readonly Story[] = [
          insert(line, number),
          { op: 'u', after: ['w', line, number] },
          { op: 'u', after: ['w', line, number], before, beforeKind: 'key' },
          { op: 'd', before, beforeKind: 'key' },
        ];
        const lanes = stories.flatMap((story) => publish(story, { format, key: recordKey }).map(({ lane }) => lane));
        expect(new Set(lanes)).toEqual(new Set([partitionOf(line, number)]));
      }),
      { numRuns: 100 },
    );
  });

  const KEY_CHANGE: Story = { op: 'u', after: ['v', 'b', '8'], before: [null, 'a', '7'], beforeKind: 'key' };

  it.each([
    [{}, key('a', '7'), key('b', '8')],
    [{ key: 'string' }, '7|a', '8|b'],
  ] as const)('is that of its own key when the key changes: %j', (options, old, changed) => {
    expect(partitionOf('a', '7')).not.toBe(partitionOf('b', '8'));
    expect(publish(KEY_CHANGE, { format: 'flat-json', unwrap: { op: '__op' }, ...options })).toEqual([
      { lane: partitionOf('a', '7'), key: old, hasValue: true },
      { lane: partitionOf('a', '7'), key: old, hasValue: false },
      { lane: partitionOf('b', '8'), key: changed, hasValue: true },
    ]);
    expect(publish(KEY_CHANGE, { format: 'canal-json', ...options })).toEqual([
      { lane: partitionOf('b', '8'), key: changed, hasValue: true },
    ]);
  });

  it('hangs on the bytes of the record key under the policy record-key', () => {
    const lanes = (options: Partial<EnvelopeOptions>) =>
      Array.from({ length: 40 }, (_, i) =>
        publish(insert('a', String(i)), { format: 'flat-json', ...options }, 'record-key'),
      ).map(([record]) => record!.lane);
    expect(lanes({})).toEqual(Array.from({ length: 40 }, (_, i) => partitionOf('a', String(i))));
    expect(lanes({ key: 'string' })).not.toEqual(lanes({}));
  });

  it('is that of the table where there is no key', () => {
    const bare = { ...TABLE, keyColumns: [] };
    const story: Story = { op: 'd', before: ['v', 'a', '7'], beforeKind: 'full' };
    const tableHash = publish(insert('x', '1'), { format: 'drs-json' }, 'table-hash')[0]!.lane;
    expect(publish(story, { format: 'flat-json', key: 'string' }, 'primary-key-hash', bare)).toEqual([
      { lane: tableHash, key: null, hasValue: false },
    ]);
  });
});
