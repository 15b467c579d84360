import { materialiseRow } from '../../src/domain/cell.ts';
import type { Change, ChangeHandler, LogicalMessage, Transaction } from '../../src/domain/change.ts';
import { formatLsn, type Lsn, lsnFromHalves } from '../../src/domain/lsn.ts';
import type { Relation } from '../../src/domain/relation.ts';

type Row = (string | null | undefined)[] | null;

/** What a decoder told, as plain data. */
export type StoryEvent =
  | { kind: 'begin'; transaction: Transaction }
  | { kind: 'change'; op: string; table: string; before: Row; beforeKind: string; after: Row; lsn: string }
  | { kind: 'commit'; endLsn: string; origin: string | null }
  | { kind: 'truncate'; tables: string[]; lsn: string }
  | { kind: 'relation'; relation: Relation }
  | { kind: 'message'; prefix: string; content: string; transactional: boolean; lsn: string };

/** A ChangeHandler that keeps copies of all it hears. */
export class Story implements ChangeHandler {
  readonly events: StoryEvent[] = [];
  #transaction: Transaction | null = null;

  begin(transaction: Transaction): void {
    this.#transaction = transaction;
    this.events.push({ kind: 'begin', transaction: { ...transaction } });
  }

  change({ op, relation, before, beforeKind, after, lsnHigh, lsnLow }: Change): void {
    const count = relation.columns.length;
    this.events.push({
      kind: 'change',
      op,
      table: relation.table,
      before: before && materialiseRow(before, count),
      beforeKind,
      after: after && materialiseRow(after, count),
      lsn: formatLsn(lsnFromHalves(lsnHigh, lsnLow)),
    });
  }

  commit(endLsn: Lsn): void {
    this.events.push({ kind: 'commit', endLsn: formatLsn(endLsn), origin: this.#transaction?.origin ?? null });
  }

  truncate(relations: readonly Relation[], lsn: Lsn): void {
    this.events.push({ kind: 'truncate', tables: relations.map((relation) => relation.table), lsn: formatLsn(lsn) });
  }

  relation(relation: Relation): void {
    this.events.push({ kind: 'relation', relation });
  }

  message({ prefix, content, transactional, lsn }: LogicalMessage): void {
    this.events.push({ kind: 'message', prefix, content: content.toString(), transactional, lsn: formatLsn(lsn) });
  }

  get changes(): Extract<StoryEvent, { kind: 'change' }>[] {
    return this.events.filter((event) => event.kind === 'change');
  }

  get kinds(): string[] {
    return this.events.map((event) => event.kind);
  }
}
