import { printedType, quoteIdentifier, sqlLiteral, timestampText } from './literal.ts';
import type { LoggedTransaction, Piece, RowChange, StreamFormat, WalCell, WalChange } from './transaction.ts';

/**
 * Records of mppdb_decoding: BEGIN under the transaction's first position, changes under their own, COMMIT under its end.
 * Filtered transactions leave BEGIN and COMMIT; skip-empty-xacts drops those that never changed a row, and its BEGIN has
 * position 0.
 */
export function encodeSerial(logged: LoggedTransaction, format: StreamFormat): Piece[] {
  const { xid, csn, firstLsn, commitEnd, commitTimeUs, changes } = logged;
  if (format.skipEmpty && changes.every(({ op }) => op === 'DDL')) return [];
  const xidText = format.includeXids ? ` ${xid}` : '';
  const time = format.includeTimestamp ? ` (at ${timestampText(commitTimeUs)})` : '';
  return [
    piece(format.skipEmpty ? 0n : firstLsn, `BEGIN${xidText}`),
    ...changes.flatMap((change) => changePieces(change, format)),
    piece(commitEnd, `COMMIT${xidText}${time} CSN ${csn}`),
  ];
}

/** A change as JSON: the same in serial mode and in style json. JSON.stringify escapes as cJSON does. */
export function changeJson({ op, schema, table, row, old }: RowChange): string {
  return JSON.stringify({
    table_name: qualifiedName(schema, table),
    op_type: op,
    columns_name: row.map(({ name }) => quoteIdentifier(name)),
    columns_type: row.map(({ type }) => printedType(type)),
    columns_val: row.map(literal),
    old_keys_name: old.map(({ name }) => quoteIdentifier(name)),
    old_keys_type: old.map(({ type }) => printedType(type)),
    old_keys_val: old.map(literal),
  });
}

function changePieces(change: WalChange, format: StreamFormat): Piece[] {
  if (change.op === 'DDL') return [];
  if (change.op === 'TRUNCATE') {
    const names = change.tables.map(([schema, table]) => qualifiedName(schema, table)).join(', ');
    return [piece(change.lsn, `table ${names}: TRUNCATE: (no-flags)`)];
  }
  return format.accepts(change.schema, change.table) ? [piece(change.lsn, changeJson(change))] : [];
}

function literal({ type, value }: WalCell): string {
  return sqlLiteral(type, value);
}

function qualifiedName(schema: string, table: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

function piece(lsn: bigint, text: string): Piece {
  return { headerLsn: lsn, recordLsn: lsn, payload: Buffer.from(text) };
}
