import { packFrames } from '../test/support/fake-opengauss/packing.ts';
import type { LoggedTransaction, RowChange, Style, WalCell } from '../test/support/fake-opengauss/transaction.ts';
import { walTransaction } from '../test/support/fake-opengauss/wal.ts';
import type { RecordedContent } from '../test/support/opengauss-recordings.ts';
import { seeded } from '../test/support/random.ts';

const TRANSACTIONS = 20;
const CHANGES_PER_TRANSACTION = 1_000;
/** openGauss sends a batch when it holds more than this. */
const BATCH_BYTES = 1_048_576;
const FIRST_LSN = 0x1_0000_0000n;
const STEP = 0x100n;
const COMMIT_TIME_US = 1_795_250_762_048_070n;

/** About 200 bytes of cells. */
const COLUMNS = [
  { name: 'id', type: 'bigint', typeOid: 20, text: '' },
  { name: 'customer', type: 'text', typeOid: 25, text: "Annabel O'Neill-Smith of Springfield" },
  {
    name: 'note',
    type: 'text',
    typeOid: 25,
    text: 'leave the parcel with the neighbours, second floor, ring twice please',
  },
  { name: 'amount', type: 'numeric', typeOid: 1700, text: '12345.67' },
  { name: 'created_at', type: 'timestamp without time zone', typeOid: 1114, text: '2026-05-01 12:34:56.789012' },
  { name: 'quantity', type: 'bigint', typeOid: 20, text: '12' },
  { name: 'paid', type: 'boolean', typeOid: 16, text: 't' },
  { name: 'reference', type: 'uuid', typeOid: 2950, text: '0b6f3f3e-7f0e-4d0a-9d5c-2f6f1f1c0d11' },
].map((column) => ({ ...column, typeModifier: -1, isIdentity: column.name === 'id' }));

/** The table as the catalog shows it. */
export const BENCH_CONTENT: RecordedContent = {
  columnTypes: { 'public.orders': Object.fromEntries(COLUMNS.map(({ name, type }) => [name, type])) },
  columnTypeOids: { 'public.orders': Object.fromEntries(COLUMNS.map(({ name, typeOid }) => [name, typeOid])) },
  transactions: [],
};

/** The formats of openGauss by the names of the recordings. */
const FORMATS: Readonly<Record<string, { style: Style; isBatched: boolean }>> = {
  'mppdb-serial': { style: 'serial', isBatched: false },
  'parallel-binary': { style: 'binary', isBatched: false },
  'parallel-binary-batch': { style: 'binary', isBatched: true },
  'parallel-json': { style: 'json', isBatched: false },
  'parallel-json-batch': { style: 'json', isBatched: true },
  'parallel-text': { style: 'text', isBatched: false },
  'parallel-text-batch': { style: 'text', isBatched: true },
  pgoutput: { style: 'pgoutput', isBatched: false },
};

/** Transactions of inserts (60 %), updates (25 %) and deletes (15 %), the same in every format, as frames. */
export function generatedFrames(variant: string): { lsn: bigint; payload: Buffer }[] {
  const format = {
    ...FORMATS[variant]!,
    includeXids: true,
    includeTimestamp: true,
    skipEmpty: false,
    accepts: () => true,
  };
  const pieces = generatedTransactions().flatMap((logged) => walTransaction(logged).pieces(format));
  return packFrames(pieces, format, BATCH_BYTES).map(({ headerLsn, payload }) => ({ lsn: headerLsn, payload }));
}

function generatedTransactions(): LoggedTransaction[] {
  const random = seeded(20_261_121);
  let lsn = FIRST_LSN;
  let previousCommitStart: bigint | null = null;
  let id = 4_711_000_000;
  return Array.from({ length: TRANSACTIONS }, (_, i) => {
    const firstLsn = lsn;
    const changes = Array.from({ length: CHANGES_PER_TRANSACTION }, () => {
      lsn += STEP;
      id++;
      return change(lsn, String(id), random.below(100));
    });
    const commitStart = lsn + STEP;
    lsn = commitStart + STEP;
    const xid = BigInt(13_000 + i);
    const positions = { firstLsn, commitStart, commitEnd: lsn, previousCommitStart };
    previousCommitStart = commitStart;
    return { xid, csn: xid, commitTimeUs: COMMIT_TIME_US, ...positions, changes };
  });
}

function change(lsn: bigint, id: string, percent: number): RowChange {
  const op = percent < 60 ? 'INSERT' : percent < 85 ? 'UPDATE' : 'DELETE';
  const cells: WalCell[] = COLUMNS.map(({ name, type, typeOid, text }) => ({ name, type, typeOid, value: text || id }));
  return {
    op,
    lsn,
    oid: 16_384,
    schema: 'public',
    table: 'orders',
    identity: 'd',
    columns: COLUMNS,
    row: op === 'DELETE' ? [] : cells,
    old: op === 'INSERT' ? [] : cells.slice(0, 1),
  };
}
