import { identityOf, type ModelTable, type TableSpec } from './model.ts';
import type { LoggedTransaction, RowChange, WalCell, WalChange } from './transaction.ts';
import { type Wal, walTransaction } from './wal.ts';

/** Column to the type's output text; a column that is left out is NULL. */
export type RowText = Readonly<Record<string, string | null>>;

/** A change as a test writes it; `table` is `schema.table`. */
export type ChangeSpec =
  | { readonly op: 'INSERT'; readonly table: string; readonly new: RowText }
  /** `old`: the row before; left out where no column of the identity changes. */
  | { readonly op: 'UPDATE'; readonly table: string; readonly new: RowText; readonly old?: RowText }
  | { readonly op: 'DELETE'; readonly table: string; readonly old: RowText }
  | { readonly op: 'TRUNCATE'; readonly tables: readonly string[] }
  /** The table has these columns from now on. */
  | { readonly op: 'DDL'; readonly table: string; readonly columns: TableSpec['columns'] };

export interface CommitSpec {
  readonly xid?: bigint;
  readonly csn?: bigint;
  /** Microseconds since 1970; now when left out. */
  readonly commitTimeUs?: bigint;
  readonly changes: readonly ChangeSpec[];
}

/** Lengths of WAL records, as long as the recorded ones: a change, the CSN record, the commit record. */
const CHANGE_BYTES = 0xa0n;
const CSN_BYTES = 0x40n;
const COMMIT_BYTES = 0x60n;

/** What changes are made on. */
interface CommitTools {
  readonly find: (name: string) => ModelTable;
  readonly alter: (name: string, columns: TableSpec['columns'], xid: bigint) => void;
  readonly nowUs: bigint;
}

/**
 * Writes transactions that ran at the same time: the changes of all, then their commit records, each starting where the
 * one before ended.
 */
export function commitTogether(wal: Wal, specs: readonly CommitSpec[], tools: CommitTools): void {
  let at = wal.end;
  const written = specs.map((spec, i) => {
    const firstLsn = at;
    const xid = spec.xid ?? wal.lastXid + BigInt(i + 1);
    const changes = spec.changes.map((change) => {
      const lsn = at;
      at += CHANGE_BYTES;
      return walChange(change, lsn, xid, tools);
    });
    return { spec, xid, firstLsn, changes };
  });
  at += CSN_BYTES;
  const logged = written.map(({ spec, xid, firstLsn, changes }, i): LoggedTransaction => {
    const commitStart = at;
    at += COMMIT_BYTES;
    return {
      xid,
      csn: spec.csn ?? wal.lastCsn + BigInt(i + 1),
      commitTimeUs: spec.commitTimeUs ?? tools.nowUs,
      firstLsn,
      commitStart,
      commitEnd: at,
      previousCommitStart: i > 0 ? commitStart - COMMIT_BYTES : (wal.transactions.at(-1)?.commitStart ?? null),
      changes,
    };
  });
  wal.append(logged.map(walTransaction));
}

function walChange(change: ChangeSpec, lsn: bigint, xid: bigint, { find, alter }: CommitTools): WalChange {
  if (change.op === 'DDL') {
    alter(change.table, change.columns, xid);
    return { op: 'DDL', lsn };
  }
  if (change.op === 'TRUNCATE') {
    const tables = change.tables.map(find).map(({ schema, name }) => [schema, name] as const);
    return { op: 'TRUNCATE', lsn, tables };
  }
  return rowChange(change, lsn, find(change.table));
}

function rowChange(change: Exclude<ChangeSpec, { op: 'TRUNCATE' | 'DDL' }>, lsn: bigint, table: ModelTable): RowChange {
  const identity = identityOf(table);
  const before = change.op === 'INSERT' ? null : change.op === 'DELETE' ? change.old : (change.old ?? change.new);
  const cells = (row: RowText, names: readonly string[]): WalCell[] =>
    table.columns
      .filter(({ name }) => names.includes(name))
      .map(({ name, type, typeOid }) => ({ name, type, typeOid, value: row[name] ?? null }));
  const all = table.columns.map(({ name }) => name);
  return {
    op: change.op,
    lsn,
    oid: table.oid,
    schema: table.schema,
    table: table.name,
    identity: table.identity,
    columns: table.columns.map((column) => ({ ...column, isIdentity: identity.includes(column.name) })),
    row: change.op === 'DELETE' ? [] : cells(change.new, all),
    old: before === null ? [] : cells(before, identity),
  };
}
