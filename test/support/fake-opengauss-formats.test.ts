import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReplicaIdentity } from '../../src/domain/relation.ts';
import { type Frame, packFrames } from './fake-opengauss/packing.ts';
import { loadRecording, SCENARIOS } from './fake-opengauss/recording.ts';
import type { RowChange, StreamFormat, Style, WalCell } from './fake-opengauss/transaction.ts';
import { walTransaction } from './fake-opengauss/wal.ts';
import { recordedFrames } from './opengauss-recordings.ts';

const SCENARIO = 'ops-identity';
const VARIANTS: readonly (readonly [variant: string, style: Style, isBatched: boolean])[] = [
  ['mppdb-serial', 'serial', false],
  ['parallel-text', 'text', false],
  ['parallel-json', 'json', false],
  ['parallel-binary', 'binary', false],
  ['parallel-text-batch', 'text', true],
  ['parallel-json-batch', 'json', true],
  ['parallel-binary-batch', 'binary', true],
];
const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = { rf: 'f', nopkf: 'f', ri: 'i' };
const BATCH_BYTES = 1024 * 1024;

interface Expected {
  readonly columnTypes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly columnTypeOids: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly transactions: readonly {
    readonly changes: readonly {
      readonly op: RowChange['op'];
      readonly schema: string;
      readonly table: string;
      readonly new: Readonly<Record<string, string | null>> | null;
      readonly old: Readonly<Record<string, string | null>> | null;
    }[];
  }[];
}

describe('the streams of the fake openGauss', () => {
  for (const [variant, style, isBatched] of VARIANTS) {
    it.each(SCENARIOS)(`replay %s as ${variant} byte for byte`, (scenario) => {
      const format = formatOf(style, isBatched);
      const pieces = loadRecording(scenario).flatMap((transaction) => transaction.pieces(format));
      expect(hex(packFrames(pieces, format, BATCH_BYTES))).toEqual(recordedHex(scenario, variant));
    });

    it(`make ${variant} of the same rows as a real server`, () => {
      const format = formatOf(style, isBatched);
      const pieces = madeUp().flatMap((transaction) => transaction.pieces(format));
      expect(hex(packFrames(pieces, format, BATCH_BYTES))).toEqual(recordedHex(SCENARIO, variant));
    });
  }

  it('make pgoutput of the same rows as a real server, with tables announced in each transaction', () => {
    const format = formatOf('pgoutput', false);
    const frames = madeUp().flatMap((transaction) => packFrames(transaction.pieces(format), format, BATCH_BYTES));
    expect(hex(withoutRepeatedRelations(frames))).toEqual(recordedHex(SCENARIO, 'pgoutput'));
  });

  it('cut batches anywhere, by F in style binary', () => {
    const format = formatOf('binary', true);
    const pieces = madeUp().flatMap((transaction) => transaction.pieces(format));
    const frames = packFrames(pieces, format, 100);
    expect(frames.length).toBeGreaterThan(pieces.length / 3);
    const endings = frames.map(({ payload }) => payload.at(-1));
    expect(endings).toEqual([...frames.slice(1).map(() => 'F'.charCodeAt(0)), 0]);
  });

  it('leave out what the white list does not name, in parallel mode with the transaction', () => {
    const [transaction] = madeUp();
    const filtered = (style: Style, skipEmpty: boolean) => {
      const format = { ...formatOf(style, false), skipEmpty, accepts: () => false };
      return transaction!.pieces(format).map(({ payload }) => payload.toString('latin1', 0, 6));
    };
    expect(filtered('serial', true)).toEqual(['BEGIN ', 'COMMIT']);
    expect(filtered('json', false)).toEqual(['BEGIN ', 'commit']);
    expect(filtered('json', true)).toEqual([]);
  });
});

function formatOf(style: Style, isBatched: boolean): StreamFormat {
  return { style, isBatched, includeXids: true, includeTimestamp: true, skipEmpty: false, accepts: () => true };
}

/** The recorded scenario made of its rows: positions, times and oids are the recording's, all else is encoded here. */
function madeUp() {
  const folder = join(import.meta.dirname, '../fixtures/opengauss/streams');
  const expected = JSON.parse(readFileSync(join(folder, `${SCENARIO}.expected.json`), 'utf8')) as Expected;
  const oids = tableOids();
  return loadRecording(SCENARIO).map(({ xid, csn, commitStart, commitEnd, pieces }, i, all) => {
    const recorded = pieces(formatOf('binary', false));
    const [, time] = /\(at (.*)\)/.exec(pieces(formatOf('serial', false)).at(-1)!.payload.toString())!;
    const changes = expected.transactions[i]!.changes.map(({ op, schema, table, new: row, old }, n): RowChange => {
      const types = expected.columnTypes[`${schema}.${table}`]!;
      const typeOids = expected.columnTypeOids[`${schema}.${table}`]!;
      const cells = (values: Readonly<Record<string, string | null>> | null): WalCell[] =>
        Object.entries(values ?? {}).map(([name, value]) => ({
          name,
          type: types[name]!,
          typeOid: typeOids[name]!,
          value,
        }));
      const { oid, columns } = oids.get(table)!;
      const identity = IDENTITIES[table] ?? 'd';
      return {
        op,
        lsn: recorded[n + 1]!.recordLsn,
        oid,
        schema,
        table,
        identity,
        columns,
        row: cells(row),
        old: cells(old),
      };
    });
    const commitTimeUs = microseconds(time!);
    return walTransaction({
      xid,
      csn,
      commitTimeUs,
      firstLsn: recorded[0]!.recordLsn,
      commitStart,
      commitEnd,
      previousCommitStart: all[i - 1]?.commitStart ?? null,
      changes,
    });
  });
}

/** Oid and columns of each table, of the recorded relation messages: oid, schema, table, identity, columns. */
function tableOids() {
  const tables = new Map<string, Pick<RowChange, 'oid' | 'columns'>>();
  for (const { payload } of recordedFrames(SCENARIO, 'pgoutput')) {
    if (payload[0] !== 0x52) continue;
    const [, table] = payload.toString('latin1', 5).split('\0');
    // Behind the names: identity, number of columns; per column a flag, name NUL, type oid, modifier.
    let at = 5 + Buffer.byteLength(`cdc\0${table}\0`) + 3;
    const columns = Array.from({ length: payload.readUInt16BE(at - 2) }, () => {
      const isIdentity = payload[at] === 1;
      const nameEnd = payload.indexOf(0, at + 1);
      const name = payload.toString('latin1', at + 1, nameEnd);
      at = nameEnd + 9;
      const [typeOid, typeModifier] = [payload.readUInt32BE(nameEnd + 1), payload.readInt32BE(nameEnd + 5)];
      return { name, type: '', typeOid, typeModifier, isIdentity };
    });
    tables.set(table!, { oid: payload.readUInt32BE(1), columns });
  }
  return tables;
}

function microseconds(text: string): bigint {
  const [whole, fraction = ''] = text.replace('+00', '').split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

function hex(frames: readonly Frame[]): string[] {
  return frames.map(({ headerLsn, payload }) => `${headerLsn} ${payload.toString('hex')}`);
}

function recordedHex(scenario: string, variant: string): string[] {
  return hex(recordedFrames(scenario, variant).map(({ lsn, payload }) => ({ headerLsn: lsn, payload })));
}

function withoutRepeatedRelations(frames: readonly Frame[]) {
  const seen = new Set<string>();
  return frames.filter(({ payload }) => {
    if (payload[0] !== 0x52) return true;
    const text = payload.toString('hex');
    return !seen.has(text) && seen.add(text);
  });
}
