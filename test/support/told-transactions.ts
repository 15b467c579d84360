import { materialiseRow, type RowView } from '../../src/domain/cell.ts';
import type { BeforeKind, Change, ChangeHandler, RowOp, Transaction } from '../../src/domain/change.ts';
import { formatLsn, type Lsn, lsnFromHalves, lsnHalves } from '../../src/domain/lsn.ts';
import type { Relation } from '../../src/domain/relation.ts';
import type { DecoderParts } from '../../src/source/decode/decoder-parts.ts';
import type { FrameDecoder } from '../../src/source/decode/frame-decoder.ts';
import type { RecordedRow, RecordedShapes } from './opengauss-recordings.ts';
import type { WalFrame } from './wal-builder.ts';

const OPS: Readonly<Record<RowOp, string>> = { c: 'INSERT', u: 'UPDATE', d: 'DELETE' };
/** Frames lie in the middle of other bytes, as in a chunk. */
const PADDING = Buffer.alloc(11, 'P');
/** More turns than any recording has changes. */
const MOST_TURNS = 10_000;

/** A row change as the recordings have it, and what a decoder tells beyond that. */
export interface ToldRowChange {
  readonly op: string;
  readonly schema: string;
  readonly table: string;
  readonly new: RecordedRow;
  readonly old: RecordedRow;
  readonly beforeKind: BeforeKind;
  readonly lsn: string;
  /** Type oids of the columns of its relation. */
  readonly types: Readonly<Record<string, number>>;
}

export interface ToldTruncate {
  readonly op: 'TRUNCATE';
  readonly tables: readonly string[];
}

export interface ToldTransaction {
  readonly xid: string;
  readonly commitTimeUs: number;
  endLsn: string | null;
  readonly changes: (ToldRowChange | ToldTruncate)[];
}

/** Transactions as a decoder told them, as plain data. Throws where a change is of a relation that was not announced. */
class ToldTransactions implements ChangeHandler {
  readonly transactions: ToldTransaction[] = [];
  readonly #announced = new Set<Relation>();

  begin({ xid, commitTimeUs }: Transaction): void {
    this.transactions.push({ xid: String(xid), commitTimeUs, endLsn: null, changes: [] });
  }

  change({ op, relation, after, before, beforeKind, lsnHigh, lsnLow }: Change): void {
    if (!this.#announced.has(relation)) throw new Error(`${relation.table} was not announced`);
    this.#add({
      op: OPS[op],
      schema: relation.schema,
      table: relation.table,
      new: named(after, relation),
      old: named(before, relation),
      beforeKind,
      lsn: formatLsn(lsnFromHalves(lsnHigh, lsnLow)),
      types: Object.fromEntries(relation.columns.map(({ name, typeOid }) => [name, typeOid])),
    });
  }

  commit(endLsn: Lsn): void {
    this.transactions.at(-1)!.endLsn = formatLsn(endLsn);
  }

  truncate(relations: readonly Relation[]): void {
    this.#add({ op: 'TRUNCATE', tables: relations.map(({ schema, table }) => `${schema}.${table}`) });
  }

  relation(relation: Relation): void {
    this.#announced.add(relation);
  }

  message(): void {}

  #add(change: ToldRowChange | ToldTruncate): void {
    this.transactions.at(-1)!.changes.push(change);
  }
}

/** The row changes of transactions, in order. */
export function rowChanges(told: readonly ToldTransaction[]): ToldRowChange[] {
  return told.flatMap(({ changes }) => changes.filter((change) => 'lsn' in change));
}

function named(row: RowView | null, { columns }: Relation): RecordedRow {
  if (row === null) return null;
  const cells = materialiseRow(row, columns.length);
  const sent = columns.flatMap(({ name }, i) => (cells[i] === undefined ? [] : [[name, cells[i]] as const]));
  return Object.fromEntries(sent);
}

/** Feeds a decoder with frames. `isHasty`: its stream is held after every change. */
export function decodeFrames(
  frames: readonly WalFrame[],
  decoderOf: (parts: DecoderParts) => FrameDecoder,
  shapes: RecordedShapes,
  isHasty = false,
): ToldTransaction[] {
  const handler = new ToldTransactions();
  const control = { mayGoOn: () => !isHasty && !shapes.isAsked, reached: () => undefined };
  const decoder = decoderOf({ handler, control, shapes });
  for (const { lsn, payload } of frames) {
    const chunk = Buffer.concat([PADDING, payload, PADDING]);
    const { lsnHigh, lsnLow } = lsnHalves(lsn as Lsn);
    decoder.frame(chunk, PADDING.length, PADDING.length + payload.length, lsnHigh, lsnLow);
    for (let turn = 0; decoder.hasRest; turn++) {
      if (turn > MOST_TURNS) throw new Error('the decoder does not get on');
      shapes.answer();
      decoder.goOn();
    }
  }
  return handler.transactions;
}
