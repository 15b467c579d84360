import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cell,
  changeOf,
  EVENT_NUMBER,
  SENT_MS,
  type Story,
  TRANSACTION,
  valuesOf,
} from '../../test/support/envelope-harness.ts';
import { ByteWriter } from '../domain/byte-writer.ts';
import { neutralFacts } from '../domain/neutral-facts.ts';
import type { TableDescription } from '../domain/relation.ts';
import { createEnvelope } from './formats.ts';

const COLUMNS = [
  ['id', 23, 'integer', 4],
  ['line "no"', 20, 'bigint', -5],
  ['text\n', 25, 'text', -1],
  ['größe', 1700, 'numeric', 2],
  ['tags', 1009, 'text[]', 2003],
] as const;
const IDENTITY = [1, 0];
const DESCRIPTION: TableDescription = {
  relation: {
    oid: 1,
    schema: 'sales',
    table: 'Order "Lines"',
    replicaIdentity: 'd',
    columns: COLUMNS.map(([name, typeOid]) => ({ name, typeOid, typeModifier: -1, isIdentity: true })),
  },
  keyColumns: IDENTITY,
  identityColumns: IDENTITY,
  typeNames: COLUMNS.map(([, , typeName]) => typeName),
  baseTypeOids: COLUMNS.map(([, oid]) => oid),
  typeCategories: COLUMNS.map(([, oid]) => (oid === 1009 ? 'A' : 'b')),
  facts: COLUMNS.map(([, , typeName]) => neutralFacts(typeName)),
  uniqueIndexes: [],
};
const compiled = (description: TableDescription, dialect: 'postgres' | 'opengauss' | 'gaussdb' = 'postgres') =>
  createEnvelope({ format: 'drs-json' }).compile({ database: 'shop', taskName: 'task', dialect, description });

function write(story: Story, envelope = compiled(DESCRIPTION), out = new ByteWriter(4)): string {
  const change = changeOf(DESCRIPTION, story);
  const parts = envelope.parts(change);
  expect(parts).toHaveLength(1);
  const start = out.position;
  envelope.writeValue(parts[0]!, change, TRANSACTION, SENT_MS, out);
  return out.bytes.toString('utf8', start, out.position);
}

/** The same value the obvious way. */
function slow({ op, after, before, beforeKind = 'none' }: Story): unknown {
  const columns = COLUMNS.map(([name]) => name);
  const object = (cells: readonly Cell[], positions: readonly number[]) =>
    Object.fromEntries(positions.filter((i) => cells[i] !== undefined).map((i) => [columns[i], cells[i]]));
  const all = columns.map((_, i) => i);
  const held = beforeKind === 'full' ? all : IDENTITY;
  const filled = after?.map((cell, i) => (cell === undefined && before && held.includes(i) ? before[i] : cell));
  const old = op === 'c' ? null : before ? object(before, held) : object(after!, IDENTITY);
  const type = { c: 'INSERT', u: 'UPDATE', d: 'DELETE' }[op];
  return {
    columnType: Object.fromEntries(COLUMNS.map(([name, , typeName]) => [name, typeName])),
    dbType: 'PostgreSQL',
    schema: 'sales',
    opType: type,
    id: EVENT_NUMBER,
    es: 1_777_000_000_123,
    ts: SENT_MS,
    database: 'shop',
    table: 'Order "Lines"',
    type,
    isDdl: false,
    sql: '',
    sqlType: Object.fromEntries(COLUMNS.map(([name, , , code]) => [name, code])),
    data: filled ? [object(filled, all)] : null,
    old: old && [old],
    pkNames: ['line "no"', 'id'],
  };
}

const STORIES: Readonly<Record<string, Story>> = {
  insert: { op: 'c', after: ['1', '2', 'a "b" \\ \n\u0001 😀', null, '{a,b}'] },
  'update without old row': { op: 'u', after: ['1', '2', undefined, '1.50', null] },
  'update of the key': {
    op: 'u',
    after: ['9', '2', 't', null, null],
    before: ['1', '2', null, null, null],
    beforeKind: 'key',
  },
  'update under identity full': {
    op: 'u',
    after: ['1', '2', undefined, null, ''],
    before: ['1', '2', 'long', '7', null],
    beforeKind: 'full',
  },
  'delete by key': { op: 'd', before: ['1', '2', null, null, null], beforeKind: 'key' },
  'delete under identity full': { op: 'd', before: ['1', '2', 'x', null, '{}'], beforeKind: 'full' },
};

describe('drs-json', () => {
  for (const [name, story] of Object.entries(STORIES)) {
    it(`writes this byte for byte as its golden file: ${name}`, () => {
      const file = new URL(`../../test/fixtures/drs-json/${name.replaceAll(' ', '-')}.json`, import.meta.url);
      expect(`${write(story)}\n`).toBe(readFileSync(file, 'utf8'));
    });
  }

  it('equals JSON.stringify of the object for any row', () => {
    const text = fc.oneof(
      fc.constantFrom('', '"', '\\', '\u0000', '\u001f\n\t', '😀', 'x'.repeat(5000), `${'y'.repeat(4500)}"\n`),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
    );
    const cell = fc.option(text, { nil: null, freq: 5 });
    const toast = fc.oneof({ weight: 4, arbitrary: cell }, fc.constant(undefined));
    const key = fc.tuple(text, text);
    const sent = fc.tuple(text, text, cell, cell, cell);
    const changed = fc.tuple(text, text, toast, toast, toast);
    const story = fc.oneof(
      sent.map((after): Story => ({ op: 'c', after })),
      changed.map((after): Story => ({ op: 'u', after })),
      fc
        .tuple(changed, key)
        .map(([after, [a, b]]): Story => ({ op: 'u', after, before: [a, b, null, null, null], beforeKind: 'key' })),
      fc.tuple(changed, sent).map(([after, before]): Story => ({ op: 'u', after, before, beforeKind: 'full' })),
      key.map(([a, b]): Story => ({ op: 'd', before: [a, b, null, null, null], beforeKind: 'key' })),
      sent.map((before): Story => ({ op: 'd', before, beforeKind: 'full' })),
    );
    const out = new ByteWriter(16);
    fc.assert(
      fc.property(story, (value) => {
        expect(write(value, compiled(DESCRIPTION), out)).toBe(JSON.stringify(slow(value)));
      }),
      { numRuns: 300 },
    );
  });

  it('takes an unchanged identity column from the old key', () => {
    const value = JSON.parse(
      write({
        op: 'u',
        after: ['1', undefined, 't', null, null],
        before: ['1', '2', null, null, null],
        beforeKind: 'key',
      }),
    );
    expect(value.data[0]).toMatchObject({ id: '1', 'line "no"': '2' });
  });

  it('names no primary key where there is none and writes empty objects where nothing was sent', () => {
    const bare: TableDescription = { ...DESCRIPTION, keyColumns: [], identityColumns: [] };
    const value = JSON.parse(write({ op: 'u', after: COLUMNS.map(() => undefined) }, compiled(bare)));
    expect(value).toMatchObject({ pkNames: null, data: [{}], old: [{}] });
  });

  it('names the kind of database', () => {
    const dbType = (dialect: 'opengauss' | 'gaussdb') =>
      JSON.parse(write(STORIES.insert!, compiled(DESCRIPTION, dialect))).dbType;
    expect([dbType('opengauss'), dbType('gaussdb')]).toEqual(['openGauss', 'GaussDB']);
  });

  it('keys a delete by the old row, everything else by the new one', () => {
    const keyRows = Object.values(STORIES).map(
      (story) => compiled(DESCRIPTION).parts(changeOf(DESCRIPTION, story))[0]!.keyRow,
    );
    expect(keyRows).toEqual(['after', 'after', 'after', 'after', 'before', 'before']);
  });

  it('refuses a delete without old row', () => {
    expect(() => write({ op: 'd' })).toThrow(expect.objectContaining({ code: 'KEY_UNAVAILABLE' }));
  });

  it('leaves a placeholder for a value that was not sent when asked to', () => {
    const { values } = valuesOf(
      { format: 'drs-json', unavailable: 'placeholder', unavailableValue: '?' },
      DESCRIPTION,
      STORIES['update without old row']!,
    );
    expect(JSON.parse(values[0]!).data).toEqual([
      { id: '1', 'line "no"': '2', 'text\n': '?', größe: '1.50', tags: null },
    ]);
  });

  it('refuses a format that is not on offer', () => {
    expect(() => createEnvelope({ format: 'protobuf' })).toThrow(
      expect.objectContaining({ code: 'OPTION_UNSUPPORTED' }),
    );
  });
});

describe('drs-json-c', () => {
  it.each(Object.entries(STORIES))('differs from drs-json only where a row was deleted: %s', (_, story) => {
    const { values, ops } = valuesOf({ format: 'drs-json-c' }, DESCRIPTION, story);
    const { data, old, ...rest } = JSON.parse(write(story));
    expect(values).toHaveLength(1);
    expect(JSON.parse(values[0]!)).toEqual({
      ...rest,
      ...(story.op === 'd' ? { data: old, old: null } : { data, old }),
    });
    expect(ops).toEqual([story.op === 'd' ? 'd before' : `${story.op} after`]);
  });
});
