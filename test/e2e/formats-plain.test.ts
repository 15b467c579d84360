import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lsnNumber } from '../support/caught-up.ts';
import type { ConsumedRecord } from '../support/consume.ts';
import { canal, drsC, flat, multiTable } from '../support/format-plain.ts';
import { comparable, inChangeOrder, withoutPartitionKey } from '../support/format-records.ts';
import { createStory, playStory, STORY } from '../support/format-story.ts';
import { expectedPartition } from '../support/partition.ts';
import { type Scenario, startScenario } from '../support/scenario.ts';
import { fixedTopic, taskSpec } from '../support/task-spec.ts';

const PARTITIONS = 3;
const MARKS = { op: '__op', deleted: '__deleted', dorisDeleteSign: true };
const SOURCE_FIELDS = ['lsn', 'id', 'source.ts_ms', 'table', 'db'];

const FORMATS = {
  'drs-json-c': { envelope: { format: 'drs-json-c' }, make: drsC },
  'canal-json': { envelope: { format: 'canal-json' }, make: canal },
  'flat-json': { envelope: { format: 'flat-json' }, make: flat(null) },
  'flat-json with marks': {
    envelope: { format: 'flat-json', unwrap: { ...MARKS, sourceFields: SOURCE_FIELDS } },
    make: flat((op, { table }, database) => {
      const isDeleted = op === 'd';
      const marks = `"__deleted":"${isDeleted}","__op":"${op}","__DORIS_DELETE_SIGN__":"${isDeleted ? 1 : 0}"`;
      return `${marks},"__lsn":#,"__id":#,"__source_ts_ms":#,"__table":"${table}","__db":"${database}"`;
    }),
  },
  'doris-multi-table': {
    envelope: { format: 'doris-multi-table' },
    make: multiTable(flat((op) => `"__deleted":"${op === 'd'}"`)),
  },
} as const;
type Format = keyof typeof FORMATS;
const NAMES = Object.keys(FORMATS) as Format[];

describe('plain formats', () => {
  let scenario: Scenario;
  const records = new Map<Format, ConsumedRecord[]>();
  const tasks = new Map<Format, string>();
  const times = { start: 0, end: 0 };

  beforeAll(async () => {
    scenario = await startScenario('plain');
    const { sql, api, db } = scenario;
    await createStory(sql);
    for (const name of NAMES) {
      const routing = fixedTopic(topicOf(name), PARTITIONS);
      const { envelope } = FORMATS[name];
      tasks.set(name, (await api.run(taskSpec(db.config, ['public.*'], { envelope, routing }))).id);
    }
    times.start = Date.now();
    await playStory(sql);
    for (const id of tasks.values()) await api.finish(id);
    times.end = Date.now();
    for (const name of NAMES) records.set(name, await inChangeOrder(topicOf(name)));
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  const topicOf = (name: string) => `${scenario.db.name}.${name.replaceAll(' ', '_')}`;
  const expectedOf = (name: Format) => STORY.flatMap((change) => FORMATS[name].make(change, scenario.db.name));

  it.each(NAMES)('%s: keys, values and tombstones, byte for byte', (name) => {
    expect(records.get(name)!.map(comparable)).toEqual(expectedOf(name).map(withoutPartitionKey));
  });

  it.each(NAMES)('%s: every record in the partition of its row', (name) => {
    const { name: database } = scenario.db;
    const partitions = expectedOf(name).map(({ table, partitionKey }) => {
      const key = Buffer.from(partitionKey!);
      return expectedPartition('primary-key-hash', { database, schema: 'public', table }, key, PARTITIONS);
    });
    expect(records.get(name)!.map(({ partition }) => partition)).toEqual(partitions);
    expect(new Set(partitions).size).toBeGreaterThan(1);
  });

  it.each(NAMES)('%s: the headers of the contract, one number per change', (name) => {
    const numbers = STORY.flatMap((change, i) => FORMATS[name].make(change, '').map(() => i));
    const first = Number(records.get(name)![0]!.headers['gausscast-id']);
    for (const [i, { headers }] of records.get(name)!.entries()) {
      expect(headers).toEqual({
        'gausscast-task': tasks.get(name),
        'gausscast-id': String(first + numbers[i]!),
        'gausscast-op': expect.stringMatching(/^[cud]$/),
        'gausscast-table': expect.stringMatching(/^public\.everything(_full)?$/),
        'gausscast-lsn': expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
        'gausscast-xid': expect.stringMatching(/^\d+$/),
      });
    }
  });

  it('tell the same position, transaction and commit time of a change', () => {
    const facts = (name: Format, time: string) => {
      const told = records.get(name)!.filter(({ value }) => value !== null);
      return new Map(
        told.map(({ headers, value }) => {
          const at = Number(new RegExp(`"${time}":(\\d+)`).exec(String(value))![1]);
          expect(at).toBeGreaterThanOrEqual(times.start - 5);
          expect(at).toBeLessThanOrEqual(times.end);
          return [headers['gausscast-lsn'], `${headers['gausscast-xid']} ${at}`];
        }),
      );
    };
    const expected = facts('drs-json-c', 'es');
    expect(expected.size).toBe(STORY.length);
    expect(facts('canal-json', 'es')).toEqual(expected);
    expect(facts('flat-json with marks', '__source_ts_ms')).toEqual(expected);
  });

  it('have position and event number of the headers in the value, too', () => {
    const numberIn = (value: Buffer, member: string) => new RegExp(`"${member}":(\\d+)`).exec(String(value))![1]!;
    for (const { value, headers } of records.get('flat-json with marks')!) {
      if (value === null) continue;
      expect(BigInt(numberIn(value, '__lsn'))).toBe(lsnNumber(headers['gausscast-lsn']!));
      expect(numberIn(value, '__id')).toBe(headers['gausscast-id']);
    }
    for (const name of ['drs-json-c', 'canal-json'] as const) {
      for (const { value, headers } of records.get(name)!) {
        expect(numberIn(value!, 'id')).toBe(headers['gausscast-id']);
        expect(Number(numberIn(value!, 'ts'))).toBeLessThanOrEqual(times.end);
      }
    }
  });
});
