import { formatLsn, toLsn } from '../../../src/domain/lsn.ts';
import { ByteSink } from '../byte-sink.ts';
import { printedType, quoteIdentifier, sqlLiteral, timestampText } from './literal.ts';
import { changeJson } from './serial.ts';
import type { LoggedTransaction, Piece, RowChange, StreamFormat, WalCell } from './transaction.ts';

type ParallelStyle = 'text' | 'json' | 'binary';

/**
 * Records of the built-in formatter. The commit goes under the begin of the commit record, and so does the BEGIN behind it;
 * the position in front of a commit is its end. TRUNCATE is not told, and nothing of a transaction behind DDL in it.
 */
export function encodeParallel(logged: LoggedTransaction, format: StreamFormat, style: ParallelStyle): Piece[] {
  const { firstLsn, commitStart, commitEnd } = logged;
  const changes = rowsUpToDdl(logged).filter(({ schema, table }) => format.accepts(schema, table));
  if (format.skipEmpty && changes.length === 0) return [];
  return [
    {
      headerLsn: logged.previousCommitStart ?? commitStart,
      recordLsn: firstLsn,
      payload: begin(logged, format, style),
    },
    ...changes.map((change) => ({
      headerLsn: change.lsn,
      recordLsn: change.lsn,
      payload: CHANGE[style](change),
    })),
    { headerLsn: commitStart, recordLsn: commitEnd, payload: commit(logged, format, style) },
  ];
}

function rowsUpToDdl({ changes }: LoggedTransaction): RowChange[] {
  const ddl = changes.findIndex(({ op }) => op === 'DDL');
  const before = ddl < 0 ? changes : changes.slice(0, ddl);
  return before.filter((change) => change.op !== 'TRUNCATE' && change.op !== 'DDL');
}

function begin({ xid, csn, firstLsn, commitTimeUs }: LoggedTransaction, format: StreamFormat, style: ParallelStyle) {
  const time = format.includeTimestamp ? timestampText(commitTimeUs) : null;
  if (style === 'binary') {
    const head = new ByteSink().tag('B').int64(csn).int64(firstLsn);
    return tagged(head, format.includeXids ? xid : null, time);
  }
  const xidText = format.includeXids ? ` xid: ${xid}` : '';
  const timeText = time === null ? '' : ` commit_time: ${time}`;
  return Buffer.from(`BEGIN CSN: ${csn} first_lsn: ${formatLsn(toLsn(firstLsn))}${xidText}${timeText}`);
}

function commit({ xid, commitTimeUs }: LoggedTransaction, format: StreamFormat, style: ParallelStyle): Buffer {
  const time = format.includeTimestamp ? timestampText(commitTimeUs) : null;
  if (style === 'binary') return tagged(new ByteSink().tag('C'), format.includeXids ? xid : null, time);
  const xidText = format.includeXids ? ` xid: ${xid}` : '';
  return Buffer.from(`commit${xidText}${time === null ? '' : ` (at ${time})`}`);
}

function tagged(head: ByteSink, xid: bigint | null, time: string | null): Buffer {
  if (xid !== null) head.tag('X').int64(xid);
  if (time !== null) head.tag('T').uint32(time.length).bytes(Buffer.from(time));
  return head.toBuffer();
}

const CHANGE: Readonly<Record<ParallelStyle, (change: RowChange) => Buffer>> = {
  json: (change) => Buffer.from(changeJson(change)),
  text: (change) => Buffer.from(changeText(change)),
  binary: changeBinary,
};

/** Schema and table stand side by side, unquoted. */
function changeText({ op, schema, table, row, old }: RowChange): string {
  const rowText = row.map(cellText).join(' ');
  const oldText = old.map(cellText).join(' ');
  const cells =
    op === 'UPDATE' && old.length > 0
      ? `old-key: ${oldText} new-tuple: ${rowText}`
      : op === 'DELETE'
        ? oldText
        : rowText;
  return `table ${schema} ${table} ${op}: ${cells || '(no-tuple-data)'}`;
}

function cellText({ name, type, value }: WalCell): string {
  return `${quoteIdentifier(name)}[${printedType(type)}]:${sqlLiteral(type, value)}`;
}

/** The new tuple comes before the old one; values are the types' output text. */
function changeBinary({ op, schema, table, row, old }: RowChange): Buffer {
  const sink = counted(counted(new ByteSink().tag(op[0]!), schema), table);
  if (row.length > 0) tuple(sink.tag('N'), row);
  if (old.length > 0) tuple(sink.tag('O'), old);
  return sink.toBuffer();
}

function tuple(sink: ByteSink, cells: readonly WalCell[]): void {
  sink.uint16(cells.length);
  for (const { name, typeOid, value } of cells) {
    counted(sink, quoteIdentifier(name)).uint32(typeOid);
    if (value === null) sink.uint32(0xffff_ffff);
    else {
      const bytes = Buffer.from(value);
      sink.uint32(bytes.length).bytes(bytes);
    }
  }
}

function counted(sink: ByteSink, text: string): ByteSink {
  const bytes = Buffer.from(text);
  return sink.uint16(bytes.length).bytes(bytes);
}
