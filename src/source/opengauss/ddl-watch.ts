import type { Change, ChangeHandler, LogicalMessage, Transaction } from '../../domain/change.ts';
import type { TableName } from '../../domain/decoding.ts';
import type { Lsn } from '../../domain/lsn.ts';
import type { Relation } from '../../domain/relation.ts';
import type { SourceNotice } from '../source.ts';
import { type DdlFinding, DdlWindow } from './ddl-window.ts';

/** A captured table as the catalog knows it. */
export interface WatchedTable extends TableName {
  readonly oid: number;
}

export interface DdlWatchParts {
  readonly tables: () => readonly WatchedTable[];
  /** Ids of the transactions that last changed catalog rows of each table, by its oid. */
  readonly versions: (oids: readonly number[]) => Promise<ReadonlyMap<number, readonly number[]>>;
  readonly notice: (notice: SourceNotice) => void;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

const INTERVAL_MS = 30_000;

/** Watches the catalog beside a stream in parallel mode for DDL inside data transactions, and tells of it. */
export class DdlWatch {
  readonly #parts: DdlWatchParts;
  readonly #window: DdlWindow;
  #cancelTimer: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: DdlWatchParts) {
    this.#parts = parts;
    this.#window = new DdlWindow((finding) => parts.notice(noticeOf(finding)));
  }

  /** Reads the catalog now and from then on by timer. A read that fails is repeated with the next. */
  start(): void {
    this.#look()
      .catch(() => undefined)
      .finally(() => {
        if (!this.#isClosed) this.#cancelTimer = this.#parts.setTimer(() => this.start(), INTERVAL_MS);
      });
  }

  /** A handler that notes which transactions bring rows and passes everything on. */
  observe(handler: ChangeHandler): ChangeHandler {
    return new RowObserver(handler, this.#window);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  async #look(): Promise<void> {
    const tables = this.#parts.tables();
    if (tables.length === 0) return;
    const versions = await this.#parts.versions(tables.map((table) => table.oid));
    for (const table of tables) {
      for (const xid of versions.get(table.oid) ?? []) this.#window.changedTable(xid, table);
    }
  }
}

class RowObserver implements ChangeHandler {
  readonly #handler: ChangeHandler;
  readonly #window: DdlWindow;
  #transaction: Transaction | null = null;
  #hasRows = false;

  constructor(handler: ChangeHandler, window: DdlWindow) {
    this.#handler = handler;
    this.#window = window;
  }

  begin(transaction: Transaction): void {
    this.#transaction = transaction;
    this.#hasRows = false;
    this.#handler.begin(transaction);
  }

  change(change: Change): void {
    this.#hasRows = true;
    this.#handler.change(change);
  }

  commit(endLsn: Lsn): void {
    // Read here: some servers tell the id only with the commit.
    const xid = this.#transaction?.xid ?? -1;
    if (this.#hasRows && xid >= 0) this.#window.wroteRows(xid);
    this.#handler.commit(endLsn);
  }

  truncate(relations: readonly Relation[], lsn: Lsn): void {
    this.#handler.truncate(relations, lsn);
  }

  relation(relation: Relation): void {
    this.#handler.relation(relation);
  }

  message(message: LogicalMessage): void {
    this.#handler.message(message);
  }
}

function noticeOf({ xid, schema, table }: DdlFinding): SourceNotice {
  return {
    level: 'error',
    code: 'DDL_IN_TRANSACTION',
    message:
      `transaction ${xid} wrote rows and changed table ${schema}.${table}: the server leaves out what a transaction does ` +
      'after such a change, in all tables. Compare the rows it wrote. Where applications do this, use a task that decodes ' +
      'serially (source.decoding.mode: serial) on openGauss 6.0 or newer.',
    data: { xid, schema, table },
  };
}
