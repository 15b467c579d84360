import { ByteWriter } from '../../src/domain/byte-writer.ts';
import { CELL_NULL, CELL_UNCHANGED, type RowView } from '../../src/domain/cell.ts';
import type { BeforeKind, Change, RowOp, Transaction } from '../../src/domain/change.ts';
import { neutralFacts } from '../../src/domain/neutral-facts.ts';
import type { TableDescription } from '../../src/domain/relation.ts';
import { createEnvelope } from '../../src/envelope/formats.ts';
import type { EnvelopeOptions } from '../../src/envelope/options.ts';

/** A cell as text; null is NULL, undefined is "not sent". */
export type Cell = string | null | undefined;

/** What the server tells of one change. */
export interface Story {
  readonly op: RowOp;
  readonly after?: readonly Cell[];
  readonly before?: readonly Cell[];
  readonly beforeKind?: BeforeKind;
}

export type ColumnStory = readonly [name: string, oid: number, typeName: string, modifier?: number];

export interface TableStory {
  readonly schema?: string;
  readonly table?: string;
  readonly columns: readonly ColumnStory[];
  /** Positions of the primary key; left out: the first column. */
  readonly key?: readonly number[];
}

export const TRANSACTION: Transaction = {
  xid: 901,
  commitTimeUs: 1_777_000_000_123_999,
  origin: null,
  previousLsn: null,
};
export const SENT_MS = 1_777_000_000_456;
export const EVENT_NUMBER = 1_777_000_000_000_042;

export function tableOf({ schema = 'public', table = 'orders', columns, key = [0] }: TableStory): TableDescription {
  return {
    relation: {
      oid: 1,
      schema,
      table,
      replicaIdentity: 'd',
      columns: columns.map(([name, typeOid], position) => ({
        name,
        typeOid,
        typeModifier: -1,
        isIdentity: key.includes(position),
      })),
    },
    keyColumns: key,
    identityColumns: key,
    typeNames: columns.map(([, , typeName]) => typeName),
    baseTypeOids: columns.map(([, oid]) => oid),
    typeCategories: columns.map(([, , typeName]) => (typeName.endsWith('[]') ? 'A' : 'b')),
    facts: columns.map(([, , typeName, modifier]) => neutralFacts(typeName, modifier)),
    uniqueIndexes: [],
  };
}

export function rowOf(cells: readonly Cell[] | undefined): RowView | null {
  if (cells === undefined) return null;
  const bytes = cells.map((cell) => Buffer.from(cell ?? '', 'utf8'));
  const offset = Int32Array.from(bytes, (_, i) => 1 + Buffer.concat(bytes.slice(0, i)).length);
  const length = Int32Array.from(cells, (cell, i) => {
    if (cell === undefined) return CELL_UNCHANGED;
    return cell === null ? CELL_NULL : bytes[i]!.length;
  });
  return { bytes: Buffer.concat([Buffer.from('#'), ...bytes]), offset, length };
}

export function changeOf({ relation }: TableDescription, story: Story): Change {
  return {
    op: story.op,
    relation,
    after: rowOf(story.after),
    before: rowOf(story.before),
    beforeKind: story.beforeKind ?? 'none',
    lsnHigh: 0,
    lsnLow: 26_001_512,
    eventNumber: EVENT_NUMBER,
  };
}

/** Values of the records a change becomes, in order; null is a tombstone. `ops`: header and key row of each. */
export function valuesOf(
  options: EnvelopeOptions,
  table: TableDescription,
  story: Story,
): { readonly values: readonly (string | null)[]; readonly ops: readonly string[] } {
  const envelope = createEnvelope(options).compile({
    database: 'shop',
    taskName: 'task',
    dialect: 'postgres',
    description: table,
  });
  const change = changeOf(table, story);
  const parts = envelope.parts(change);
  const values = parts.map((part) => {
    if (!part.hasValue) return null;
    const out = new ByteWriter(4);
    envelope.writeValue(part, change, TRANSACTION, SENT_MS, out);
    return out.bytes.toString('utf8', 0, out.position);
  });
  return { values, ops: parts.map(({ op, keyRow }) => `${op} ${keyRow}`) };
}
