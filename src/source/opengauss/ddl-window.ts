import type { TableName } from '../../domain/decoding.ts';

/** A transaction that wrote captured rows and changed a captured table: what follows the change in it may be missing. */
export interface DdlFinding extends TableName {
  readonly xid: number;
}

/** Transactions remembered on either side; the older ones are forgotten. */
const REMEMBERED = 50_000;

/**
 * Finds DDL inside data transactions under parallel decoding, where the server drops what follows the DDL and tells nobody
 * (reference of parallel decoding, §4.4). Two observations meet here, in either order: the stream shows which transactions
 * wrote rows, the catalog which transaction changed a table last. DDL in a subtransaction carries another id and is not found.
 */
export class DdlWindow {
  readonly #wroteRows = new Set<number>();
  readonly #changedTable = new Map<number, TableName>();
  readonly #found: (finding: DdlFinding) => void;

  constructor(found: (finding: DdlFinding) => void) {
    this.#found = found;
  }

  /** A transaction with captured rows was handed over. */
  wroteRows(xid: number): void {
    const table = this.#changedTable.get(xid);
    if (table !== undefined) this.#report(xid, table);
    this.#wroteRows.add(xid);
    forgetOldest(this.#wroteRows);
  }

  /** The catalog shows that `xid` changed the table. */
  changedTable(xid: number, table: TableName): void {
    if (this.#changedTable.has(xid)) return;
    if (this.#wroteRows.has(xid)) this.#report(xid, table);
    this.#changedTable.set(xid, table);
    forgetOldest(this.#changedTable);
  }

  #report(xid: number, { schema, table }: TableName): void {
    this.#found({ xid, schema, table });
  }
}

function forgetOldest(collection: Set<number> | Map<number, unknown>): void {
  if (collection.size <= REMEMBERED) return;
  const oldest = collection.keys().next().value;
  if (oldest !== undefined) collection.delete(oldest);
}
