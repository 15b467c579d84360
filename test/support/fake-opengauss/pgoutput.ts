import { ByteSink } from '../byte-sink.ts';
import type { LoggedTransaction, Piece, RowChange, StreamFormat, WalCell } from './transaction.ts';
import { EPOCH_2000_US } from './wire.ts';

const IDENTITY_FLAG = 1;

/**
 * Messages of openGauss' pgoutput: PostgreSQL's protocol 1 with an xid of 8 bytes. Empty transactions are sent too, and
 * the tables are announced in each of them.
 */
export function encodePgoutput(logged: LoggedTransaction, format: StreamFormat): Piece[] {
  const { xid, firstLsn, commitStart, commitEnd, changes } = logged;
  const time = logged.commitTimeUs - EPOCH_2000_US;
  const begin = new ByteSink().tag('B').int64(commitStart).int64(time).int64(xid);
  const commit = new ByteSink().tag('C').uint8(0).int64(commitStart).int64(commitEnd).int64(time);
  const rows = changes.filter(
    (change): change is RowChange =>
      change.op !== 'DDL' && change.op !== 'TRUNCATE' && format.accepts(change.schema, change.table),
  );
  const announced = new Set<number>();
  const messages = rows.flatMap((change) => {
    const isNew = !announced.has(change.oid);
    announced.add(change.oid);
    return isNew ? [piece(0n, relation(change)), piece(change.lsn, row(change))] : [piece(change.lsn, row(change))];
  });
  return [piece(firstLsn, begin), ...messages, piece(commitEnd, commit)];
}

function relation({ oid, schema, table, identity, columns }: RowChange): ByteSink {
  const sink = new ByteSink().tag('R').uint32(oid).text(schema).text(table).tag(identity).uint16(columns.length);
  for (const { name, typeOid, typeModifier, isIdentity } of columns) {
    sink
      .uint8(isIdentity ? IDENTITY_FLAG : 0)
      .text(name)
      .uint32(typeOid)
      .int32(typeModifier);
  }
  return sink;
}

function row({ op, oid, identity, columns, row: cells, old }: RowChange): ByteSink {
  const sink = new ByteSink().tag(op[0]!).uint32(oid);
  if (old.length > 0) {
    const values = new Map(old.map(({ name, value }) => [name, value]));
    tuple(
      sink.tag(identity === 'f' ? 'O' : 'K'),
      columns.map(({ name }) => values.get(name) ?? null),
    );
  }
  return op === 'DELETE' ? sink : tuple(sink.tag('N'), cells.map(textOf));
}

function textOf({ value }: WalCell): string | null {
  return value;
}

function tuple(sink: ByteSink, values: readonly (string | null)[]): ByteSink {
  sink.uint16(values.length);
  for (const value of values) {
    if (value === null) sink.tag('n');
    else {
      const bytes = Buffer.from(value);
      sink.tag('t').uint32(bytes.length).bytes(bytes);
    }
  }
  return sink;
}

function piece(lsn: bigint, sink: ByteSink): Piece {
  return { headerLsn: lsn, recordLsn: lsn, payload: sink.toBuffer() };
}
