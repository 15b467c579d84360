import { describe, expect, it } from 'vitest';
import { formatLsn, type Lsn } from '../../src/domain/lsn.ts';
import { OPENGAUSS_DECODERS } from '../support/opengauss-decoders.ts';
import { RecordedShapes, recordedContent, recordedFrames, SCENARIOS } from '../support/opengauss-recordings.ts';
import { decodeFrames, rowChanges, type ToldTransaction } from '../support/told-transactions.ts';

/** Tables without identity cannot be updated under a publication. */
const NOT_PUBLISHED = 'no-identity';
/** A column whose type the scenario `ddl` changes: there is no one answer. */
const RETYPED = 'extra';
const SERIAL_COMMIT = /^COMMIT (\d+) \(at (\S+) ([\d:]+)(?:\.(\d+))?\+00\) CSN \d+$/;

const formatted = (lsn: bigint) => formatLsn(lsn as Lsn);

/** Transactions as they should be told, without positions. TRUNCATE and what follows DDL in parallel modes: not sent. */
function expectedTransactions(scenario: string, variant: string) {
  const isCut = scenario === 'ddl' && variant.startsWith('parallel');
  return recordedContent(scenario).transactions.map(({ xid, changes }) => ({
    xid,
    changes: changes
      .filter((change) => !isCut || (change.op !== 'TRUNCATE' && change.new?.id !== '11'))
      .map(({ text, ...change }) => (text === undefined ? change : { op: change.op, tables: [text.split(/[ :]/)[1]] })),
  }));
}

/** What the serial recording of the same WAL says in plain text. */
function recordedCommits(scenario: string): { endLsn: string; commitTimeUs: number }[] {
  return recordedFrames(scenario, 'mppdb-serial').flatMap(({ lsn, payload }) => {
    const commit = SERIAL_COMMIT.exec(payload.toString('latin1'));
    if (commit === null) return [];
    const [, , date, time, fraction = ''] = commit;
    const commitTimeUs = Date.parse(`${date}T${time}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
    return [{ endLsn: formatted(lsn), commitTimeUs }];
  });
}

/** JSON and text without batches: no record has its own position. */
const isBare = (variant: string) => variant === 'parallel-json' || variant === 'parallel-text';

/** Bare records show where a commit record starts, not where it ends. */
function expectedEnds(scenario: string, variant: string): string[] {
  if (!isBare(variant)) return recordedCommits(scenario).map(({ endLsn }) => endLsn);
  return recordedFrames(scenario, variant)
    .filter(({ payload }) => payload.toString('latin1').startsWith('commit'))
    .map(({ lsn }) => formatted(lsn + 1n));
}

/** Where the change records are, the same in every variant; bare ones have the position of their transaction. */
function expectedChangeLsns(scenario: string, variant: string): string[] {
  if (isBare(variant)) return firstLsns(recordedFrames(scenario, variant).map(({ payload }) => payload.toString()));
  const isCut = scenario === 'ddl' && variant.startsWith('parallel');
  return recordedFrames(scenario, 'mppdb-serial')
    .filter(({ payload }) => payload.toString('latin1').startsWith('{'))
    .filter(({ payload }) => !isCut || !payload.includes('"columns_val":["11"'))
    .map(({ lsn }) => formatted(lsn));
}

/** One per change: the position that the BEGIN before it tells. */
function firstLsns(records: readonly string[]): string[] {
  let first = '';
  return records.flatMap((record) => {
    first = /^BEGIN .* first_lsn: (\S+)/.exec(record)?.[1] ?? first;
    return /^(BEGIN|commit) /.test(record) ? [] : [first];
  });
}

/** What is told of a transaction as the recordings have it. */
const logical = (told: readonly ToldTransaction[]) =>
  told.map(({ xid, changes }) => ({
    xid,
    changes: changes.map((change) => {
      if (!('lsn' in change)) return change;
      const { op, schema, table, new: after, old } = change;
      return { op, schema, table, new: after, old };
    }),
  }));

const size = (row: object) => Object.keys(row).length;

describe.each(Object.keys(OPENGAUSS_DECODERS))('%s decoder', (variant) => {
  const decoderOf = OPENGAUSS_DECODERS[variant]!;
  const scenarios = SCENARIOS.filter((scenario) => variant !== 'pgoutput' || scenario !== NOT_PUBLISHED);

  describe.each(scenarios)('recording %s', (scenario) => {
    const content = recordedContent(scenario);
    const frames = recordedFrames(scenario, variant);
    const decode = (readiness: 'known' | 'asked' | 'later', isHasty = false) =>
      decodeFrames(frames, decoderOf, new RecordedShapes(content, readiness), isHasty);

    it('tells the transactions that were made, cell by cell', () => {
      expect(logical(decode('known'))).toEqual(expectedTransactions(scenario, variant));
    });

    it('tells where transactions end and when they were committed', () => {
      const told = decode('known');
      expect(told.map(({ endLsn }) => endLsn)).toEqual(expectedEnds(scenario, variant));
      const times = recordedCommits(scenario).map(({ commitTimeUs }) => commitTimeUs);
      expect(told.map(({ commitTimeUs }) => commitTimeUs)).toEqual(times);
    });

    it('tells where changes are, and what their old rows are', () => {
      const changes = rowChanges(decode('known'));
      expect(changes.map(({ lsn }) => lsn)).toEqual(expectedChangeLsns(scenario, variant));
      const kinds = changes.map(({ old, types }) => (old === null ? 'none' : size(old) < size(types) ? 'key' : 'full'));
      expect(changes.map(({ beforeKind }) => beforeKind)).toEqual(kinds);
    });

    it('tells the types of columns', () => {
      for (const { schema, table, types } of rowChanges(decode('asked'))) {
        const { [RETYPED]: _, ...others } = types;
        expect(content.columnTypeOids[`${schema}.${table}`]).toMatchObject(others);
      }
    });

    it('tells the same when it has to wait', () => {
      const told = decode('known');
      expect(decode('asked')).toEqual(told);
      expect(decode('later')).toEqual(told);
      expect(decode('known', true)).toEqual(told);
      expect(decode('later', true)).toEqual(told);
    });
  });
});
