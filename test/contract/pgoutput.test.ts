import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { materialiseRow } from '../../src/domain/cell.ts';
import { formatLsn, parseLsn, toLsn } from '../../src/domain/lsn.ts';
import type { Relation } from '../../src/domain/relation.ts';
import { createPgoutputDecoder } from '../../src/source/decode/pgoutput.ts';
import { Story } from '../support/story.ts';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/pgoutput');
const SCENARIOS = ['keys', 'toast', 'ddl', 'transactions', 'truncate', 'origin', 'messages-first'];
/** What Debezium writes for a TOAST value that the server did not send. */
const NOT_SENT = '__debezium_unavailable_value';
/** bool, int8, int2, int4, text, varchar: printed in JSON so that text and value compare directly. */
const PLAIN_OIDS = new Set([16, 20, 21, 23, 25, 1043]);

interface Recording {
  readonly frames: readonly { readonly type: 'w' | 'k'; readonly start: string; readonly payload: string }[];
  readonly tables: readonly { readonly oid: number; readonly columns: readonly { name: string; typeOid: number }[] }[];
}

interface Seen {
  readonly op: string;
  readonly table: string;
  readonly lsn: string;
  readonly xid: number;
  readonly commitTimeUs: number;
  readonly origin: string | null;
  readonly after: Record<string, string | null | undefined> | null;
  readonly before: Record<string, string | null | undefined> | null;
  readonly relation: Relation;
}

interface OtherOpinion {
  readonly op: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly source: { lsn: number; txId: number; ts_us: number; table: string; origin: string | null };
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(resolve(FIXTURES, file), 'utf8')) as T;
}

/** Decodes a recording; every change with the transaction it belongs to. */
function decode(recording: Recording): { story: Story; changes: Seen[] } {
  const story = new Story();
  const changes: Seen[] = [];
  let transaction = { xid: 0, commitTimeUs: 0, origin: null as string | null };
  const begin = story.begin.bind(story);
  story.begin = (begun) => {
    begin(begun);
    transaction = begun;
  };
  const change = story.change.bind(story);
  story.change = (event) => {
    change(event);
    const { relation, after, before, beforeKind, op } = event;
    const named = (row: typeof after) =>
      row &&
      Object.fromEntries(
        materialiseRow(row, relation.columns.length).map((cell, i) => [relation.columns[i]!.name, cell]),
      );
    const full = beforeKind === 'full' ? named(before) : null;
    const { lsn } = story.changes.at(-1)!;
    changes.push({ op, table: relation.table, lsn, ...transaction, after: named(after), before: full, relation });
  };
  const decoder = createPgoutputDecoder(story);
  for (const { type, start, payload } of recording.frames) {
    if (type !== 'w') continue;
    const bytes = Buffer.from(payload, 'base64');
    const lsn = parseLsn(start);
    decoder.frame(bytes, 0, bytes.length, Number(lsn >> 32n), Number(lsn & 0xffff_ffffn));
  }
  return { story, changes };
}

function otherOpinion(scenario: string): OtherOpinion[] {
  const { messages } = read<{ messages: { value: string | null }[] }>(`${scenario}.v36-plain.messages.json`);
  return messages
    .filter((message) => message.value !== null)
    .map((message) => JSON.parse(message.value!) as OtherOpinion)
    .filter((event) => 'cud'.includes(event.op));
}

/** The plain cells of a row as a JSON value would show them. */
function comparable(row: Seen['after'], relation: Relation, like: Record<string, unknown>): Record<string, unknown> {
  const plain = relation.columns.filter((column) => PLAIN_OIDS.has(column.typeOid) && column.name in like);
  return Object.fromEntries(
    plain.map(({ name, typeOid }) => {
      const cell = row![name];
      if (cell === undefined) return [name, NOT_SENT];
      if (cell === null || typeOid === 25 || typeOid === 1043) return [name, cell];
      return [name, typeOid === 16 ? cell === 't' : Number(cell)];
    }),
  );
}

/** Debezium takes a value that was not sent from the old row, where that is complete. */
function filled({ after, before }: Seen): Seen['after'] {
  if (!after || !before) return after;
  return Object.fromEntries(
    Object.entries(after).map(([name, cell]) => [name, cell === undefined ? before[name] : cell]),
  );
}

const subset = (of: Record<string, unknown>, like: object) =>
  Object.fromEntries(Object.keys(like).map((name) => [name, of[name]]));

describe.each(SCENARIOS)('recorded stream %s', (scenario) => {
  const recording = read<Recording>(`${scenario}.stream.json`);
  const { story, changes } = decode(recording);
  const opinions = otherOpinion(scenario);

  it('has every change Debezium saw, at its LSN, in order, and no other', () => {
    const theirs = [...new Set(opinions.map(({ source }) => formatLsn(toLsn(BigInt(source.lsn)))))];
    // Debezium skips tables without columns.
    expect(changes.filter(({ relation }) => relation.columns.length > 0).map(({ lsn }) => lsn)).toEqual(theirs);
  });

  it('has the same transaction, table, operation and cells for each', () => {
    const byLsn = new Map(changes.map((change) => [change.lsn, change]));
    for (const { op, before, after, source } of opinions) {
      const change = byLsn.get(formatLsn(toLsn(BigInt(source.lsn))))!;
      const { xid, commitTimeUs, table, origin } = change;
      expect({ xid, commitTimeUs, table, origin }).toEqual({
        xid: source.txId,
        commitTimeUs: source.ts_us,
        table: source.table,
        origin: source.origin,
      });
      // An update that moves the key is a delete and a create there.
      if (op !== change.op) expect([op === 'u', change.op]).toEqual([false, 'u']);
      if (after) {
        const ours = comparable(filled(change), change.relation, after);
        expect(ours).toEqual(subset(after, ours));
      }
      if (before && change.before) {
        const ours = comparable(change.before, change.relation, before);
        expect(ours).toEqual(subset(before, ours));
      }
    }
  });

  it('opens and closes every transaction, at the position of its commit frame', () => {
    const borders = story.kinds.filter((kind) => kind === 'begin' || kind === 'commit');
    expect(borders.every((kind, i) => kind === (i % 2 === 0 ? 'begin' : 'commit'))).toBe(true);
    const commits = recording.frames.filter(({ type, payload }) => type === 'w' && payload.startsWith('Q'));
    const ends = commits.filter(({ payload }) => Buffer.from(payload, 'base64')[0] === 0x43).map(({ start }) => start);
    const told = story.events.filter((event) => event.kind === 'commit').map((event) => event.endLsn);
    expect(told).toEqual(ends.map((start) => formatLsn(parseLsn(start))));
  });
});

describe('recorded streams', () => {
  const storyOf = (scenario: string) => decode(read<Recording>(`${scenario}.stream.json`)).story;

  it('tell truncates with all their tables', () => {
    const truncates = storyOf('truncate').events.filter((event) => event.kind === 'truncate');
    expect(truncates).toHaveLength(5);
    expect(Math.max(...truncates.map((event) => event.tables.length))).toBeGreaterThan(1);
  });

  it('tell logical messages inside and outside of transactions', () => {
    const flags = (scenario: string) =>
      storyOf(scenario)
        .events.filter((event) => event.kind === 'message')
        .map((event) => event.transactional);
    expect(flags('messages-first')).toContain(false);
    expect(new Set(flags('transactions'))).toEqual(new Set([true, false]));
  });

  it('tell a relation whenever the server does: what only the catalog knows may have changed', () => {
    const relations = storyOf('ddl')
      .events.filter((event) => event.kind === 'relation')
      .map((event) => event.relation);
    const announced = read<Recording>('ddl.stream.json').frames.filter(
      ({ type, payload }) => type === 'w' && Buffer.from(payload, 'base64')[0] === 0x52,
    );
    expect(relations).toHaveLength(announced.length);
    expect(new Set(relations).size).toBe(relations.length);
  });
});
