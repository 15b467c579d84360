import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { recordedFrames } from '../opengauss-recordings.ts';
import type { Piece, StreamFormat, Style, WalTransaction } from './transaction.ts';

const STREAMS = join(import.meta.dirname, '../../fixtures/opengauss/streams');
/** All that was recorded, in the order of its WAL: the only one in which several can be played on one server. */
export const SCENARIOS = [
  'types-numeric',
  'types-text',
  'types-binary',
  'types-time',
  'types-other',
  'ops-identity',
  'no-identity',
  'names',
  'ddl',
  'partitioned',
  'ustore',
  'transactions',
] as const;

const VARIANTS: Readonly<Record<Style, string>> = {
  serial: 'mppdb-serial',
  text: 'parallel-text',
  json: 'parallel-json',
  binary: 'parallel-binary',
  pgoutput: 'pgoutput',
};
/** Begin and end of a transaction, and where its xid stands. */
const XID = /^BEGIN(?: (\d+)$|.* xid: (\d+))/;
const CSN = /^BEGIN CSN: (\d+)/;
const IS_COMMIT = /^(COMMIT|commit|C)/;

/** The transactions of one variant, by xid. */
type Recorded = ReadonlyMap<bigint, readonly Piece[]>;

/**
 * The transactions of a recorded scenario: every stream gets the records of the variant it asks for, as they were recorded
 * (with xids and times, all tables, whatever its options). Batches are packed anew from the single records, and pgoutput
 * announces its tables in every transaction: a stream may start at any of them.
 */
export function loadRecording(scenario: string): WalTransaction[] {
  const binary = readVariant(scenario, 'binary');
  const variants: Partial<Record<Style, Recorded>> = {
    serial: readVariant(scenario, 'serial'),
    text: withRecordLsns(readVariant(scenario, 'text'), binary),
    json: withRecordLsns(readVariant(scenario, 'json'), binary),
    binary,
    ...(isRecorded(scenario, 'pgoutput') ? { pgoutput: withRelations(readVariant(scenario, 'pgoutput')) } : {}),
  };
  return [...variants.text!].map(([xid, text]) => {
    const commit = text.at(-1)!;
    const csn = BigInt(CSN.exec(text[0]!.payload.toString())![1]!);
    const pieces = ({ style, skipEmpty }: StreamFormat): readonly Piece[] => {
      const recorded = variants[style]?.get(xid);
      if (recorded === undefined) throw new Error(`${scenario} has no transaction ${xid} in style ${style}`);
      return skipEmpty && recorded.length === 2 ? [] : recorded;
    };
    return { xid, csn, commitStart: commit.headerLsn, commitEnd: commit.recordLsn, pieces };
  });
}

function isRecorded(scenario: string, style: Style): boolean {
  return existsSync(join(STREAMS, `${scenario}.${VARIANTS[style]}.json`));
}

function readVariant(scenario: string, style: Style): Recorded {
  const transactions = new Map<bigint, Piece[]>();
  let open: Piece[] = [];
  for (const { lsn: headerLsn, payload } of recordedFrames(scenario, VARIANTS[style])) {
    const piece = style === 'binary' ? binaryPiece(headerLsn, payload) : { headerLsn, recordLsn: headerLsn, payload };
    open.push(piece);
    if (!IS_COMMIT.test(piece.payload.toString('latin1', 0, 8))) continue;
    transactions.set(xidOf(open[0]!.payload, style), open);
    open = [];
  }
  return transactions;
}

/** Takes length, position and the final `F` off. */
function binaryPiece(headerLsn: bigint, payload: Buffer): Piece {
  return { headerLsn, recordLsn: payload.readBigUInt64BE(4), payload: payload.subarray(12, -1) };
}

function xidOf(begin: Buffer, style: Style): bigint {
  // B: type, u64 csn, u64 first LSN, `X`, u64 xid; pgoutput: type, u64 final LSN, i64 time, u64 xid.
  if (style === 'binary') return begin.readBigUInt64BE(18);
  if (style === 'pgoutput') return begin.readBigUInt64BE(17);
  const [, serial, parallel] = XID.exec(begin.toString())!;
  return BigInt(serial ?? parallel!);
}

/** Text records do not hold their own position; the binary recording of the same transaction does. */
function withRecordLsns(recorded: Recorded, binary: Recorded): Recorded {
  const located = [...recorded].map(([xid, pieces]): [bigint, readonly Piece[]] => {
    const positions = binary.get(xid)!;
    return [xid, pieces.map((piece, i) => ({ ...piece, recordLsn: positions[i]!.recordLsn }))];
  });
  return new Map(located);
}

/** Adds to each transaction the relation messages that an earlier one brought. */
function withRelations(recorded: Recorded): Recorded {
  const announcements = new Map<number, Piece>();
  const complete = [...recorded].map(([xid, pieces]): [bigint, readonly Piece[]] => {
    const known = new Set<number>();
    const announced = pieces.flatMap((piece) => {
      const type = String.fromCharCode(piece.payload[0]!);
      if (type === 'R') announcements.set(piece.payload.readUInt32BE(1), piece);
      const missing = relationsOf(type, piece.payload).filter((oid) => !known.has(oid));
      for (const oid of missing) known.add(oid);
      return type === 'R' ? [piece] : [...missing.map((oid) => announcements.get(oid)!), piece];
    });
    return [xid, announced];
  });
  return new Map(complete);
}

/** Oids that a message of pgoutput names: R, I, U, D begin with one; T has their number, a flag byte and all of them. */
function relationsOf(type: string, payload: Buffer): number[] {
  if ('RIUD'.includes(type)) return [payload.readUInt32BE(1)];
  if (type !== 'T') return [];
  return Array.from({ length: payload.readUInt32BE(1) }, (_, i) => payload.readUInt32BE(6 + 4 * i));
}
