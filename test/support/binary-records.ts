import { ByteSink } from './byte-sink.ts';

/** A cell of style b: name as quote_identifier prints it, value, type oid. */
export type BinaryCell = readonly [name: string, value: string | null, typeOid?: number];

const INTEGER_OID = 23;
const TIME = '2026-11-21 01:54:03.93301+00';
/** `TIME` in microseconds since 1970. */
export const BINARY_TIME_US = Date.parse('2026-11-21T01:54:03Z') * 1000 + 933_010;

function record(type: string, lsn: bigint): ByteSink {
  return new ByteSink().int64(lsn).tag(type);
}

/** The optional fields of B and C. */
export function xidField(xid: bigint): Buffer {
  return new ByteSink().tag('X').int64(xid).toBuffer();
}

export function textField(letter: 'T' | 'N', text: string): Buffer {
  return new ByteSink().tag(letter).uint32(text.length).bytes(Buffer.from(text)).toBuffer();
}

export function originField(id: number): Buffer {
  return new ByteSink().tag('O').uint32(id).toBuffer();
}

export const TIME_FIELD = textField('T', TIME);

export function beginRecord(fields: readonly Buffer[] = [xidField(700n), TIME_FIELD]): Buffer {
  return record('B', 0x10n).int64(9n).int64(0x10n).bytes(Buffer.concat(fields)).toBuffer();
}

export function commitRecord(endLsn: bigint, fields: readonly Buffer[] = [xidField(700n), TIME_FIELD]): Buffer {
  return record('C', endLsn).bytes(Buffer.concat(fields)).toBuffer();
}

/** A change; `table` is in schema `s`. Rows in the order of the wire: new, then old; undefined: not sent. */
export function changeRecord(
  type: 'I' | 'U' | 'D',
  lsn: bigint,
  table: string,
  newRow?: readonly BinaryCell[],
  oldRow?: readonly BinaryCell[],
): Buffer {
  const sink = counted(counted(record(type, lsn), 's'), table);
  if (newRow) tuple(sink.tag('N'), newRow);
  if (oldRow) tuple(sink.tag('O'), oldRow);
  return sink.toBuffer();
}

/** A frame of records with their lengths, `P` between them, and `end` behind the last. */
export function binaryFrame(records: readonly Buffer[], end = 'F'): Buffer {
  const sink = new ByteSink();
  records.forEach((one, i) => {
    sink.uint32(one.length).bytes(one);
    sink.bytes(Buffer.from(i === records.length - 1 ? end : 'P', 'latin1'));
  });
  return sink.toBuffer();
}

function tuple(sink: ByteSink, cells: readonly BinaryCell[]): void {
  sink.uint16(cells.length);
  for (const [name, value, typeOid = INTEGER_OID] of cells) {
    counted(sink, name).uint32(typeOid);
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
