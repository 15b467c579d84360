import type { ByteWriter } from '../domain/byte-writer.ts';
import type { Change, RowOp } from '../domain/change.ts';

/** Constant bytes between the changing header values, built once per relation version. */
export interface HeaderTemplate {
  /** task header, then the key of the id header */
  readonly beforeId: Buffer;
  /** from the key of the op header to its value's length */
  readonly beforeOp: Buffer;
  /** table header, then the key of the lsn header */
  readonly beforeLsn: Buffer;
  /** key of the xid header */
  readonly beforeXid: Buffer;
  /** node header, or empty for a single node */
  readonly node: Buffer;
}

const OP_BYTE: Readonly<Record<RowOp, number>> = { c: 0x63, u: 0x75, d: 0x64 };
const HEX = Buffer.from('0123456789ABCDEF', 'latin1');

/** Compiles the record headers of the contract. `node` is null where a task has a single node. */
export function compileHeaders(taskId: string, schema: string, table: string, node: string | null): HeaderTemplate {
  return {
    beforeId: Buffer.concat([header('gausscast-task', taskId), headerKey('gausscast-id')]),
    beforeOp: Buffer.concat([headerKey('gausscast-op'), Buffer.from([2])]),
    beforeLsn: Buffer.concat([header('gausscast-table', `${schema}.${table}`), headerKey('gausscast-lsn')]),
    beforeXid: headerKey('gausscast-xid'),
    node: node === null ? Buffer.alloc(0) : header('gausscast-node', node),
  };
}

/** Writes the headers of one record; returns how many. `xid` below zero: the server does not tell it. */
export function writeHeaders(
  template: HeaderTemplate,
  op: RowOp,
  change: Change,
  xid: number,
  out: ByteWriter,
): number {
  out.append(template.beforeId);
  appendCounted(out, change.eventNumber);
  out.append(template.beforeOp);
  out.reserve(1)[out.position++] = OP_BYTE[op];
  out.append(template.beforeLsn);
  appendLsn(out, change.lsnHigh, change.lsnLow);
  let count = 4 + 1;
  if (xid >= 0) {
    out.append(template.beforeXid);
    appendCounted(out, xid);
    count++;
  }
  if (template.node.length > 0) {
    out.append(template.node);
    count++;
  }
  return count;
}

/** Digits preceded by their varint length; at most 16 digits, so the zigzag length fits one byte. */
function appendCounted(out: ByteWriter, value: number): void {
  out.reserve(20);
  const lengthAt = out.position++;
  out.appendDigits(value);
  out.bytes[lengthAt] = (out.position - lengthAt - 1) << 1;
}

/** `X/Y` in upper-case hex without padding, preceded by its varint length. */
function appendLsn(out: ByteWriter, high: number, low: number): void {
  const bytes = out.reserve(18);
  const lengthAt = out.position;
  let at = appendHex(bytes, lengthAt + 1, high);
  bytes[at++] = 0x2f;
  at = appendHex(bytes, at, low);
  bytes[lengthAt] = (at - lengthAt - 1) << 1;
  out.position = at;
}

function appendHex(bytes: Buffer, at: number, value: number): number {
  let shift = value === 0 ? 0 : (31 - Math.clz32(value)) & ~3;
  for (; shift >= 0; shift -= 4) bytes[at++] = HEX[(value >>> shift) & 15]!;
  return at;
}

function header(name: string, value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([headerKey(name), zigzag(bytes.length), bytes]);
}

function headerKey(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  return Buffer.concat([zigzag(bytes.length), bytes]);
}

/** A non-negative length as zigzag varint (Kafka record format v2). */
function zigzag(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
