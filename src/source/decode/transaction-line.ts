import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { readCommitTimeUs } from './commit-time.ts';
import type { FrameReader } from './frame-reader.ts';
import { textBetween } from './line-reading.ts';

/** contrib mppdb_decoding.cpp; serial. */
const SERIAL_BEGIN = /^BEGIN(?: (?<xid>\d{1,20}))?(?: ORIGIN_ID (?<origin>\d+))?$/;
const SERIAL_COMMIT = /^COMMIT(?: (?<xid>\d{1,20}))?(?: \(at (?<time>[^()]*)\))? CSN \d+$/;
/** parallel_reorderbuffer.cpp, styles j and t; GaussDB prints COMMIT in capital letters. */
const PARALLEL_BEGIN =
  /^BEGIN CSN: \d+ first_lsn: (?<lsn>[0-9a-f]{1,8}\/[0-9a-f]{1,8})(?: xid: (?<xid>\d{1,20}))?(?: commit_time: (?<time>[-+:. \d]+?))?(?: origin_id: (?<origin>\d+))?$/i;
const PARALLEL_COMMIT = /^COMMIT(?: xid: (?<xid>\d{1,20}))?(?: \(at (?<time>[^()]*)\))?$/i;

/** The begin of a transaction. `xid` -1: not told; `origin`: the id of the replication origin, null for local ones. */
export interface BeginLine {
  readonly xid: number;
  readonly origin: string | null;
}

/** `firstLsn`: where the transaction's first record is in the WAL, whenever and however often it is sent. */
export interface ParallelBeginLine extends BeginLine {
  readonly firstLsn: Lsn;
  readonly commitTimeUs: number;
}

/** Reads `BEGIN [xid] [ORIGIN_ID n]`, the whole record. Errors: DECODE_FAILED. */
export function readSerialBegin(reader: FrameReader): BeginLine {
  const { xid, origin } = fieldsOf(reader, SERIAL_BEGIN);
  return { xid: xidOf(reader, xid), origin: originOf(origin) };
}

/** Reads `COMMIT [xid] (at time) CSN n`, the whole record. Errors: DECODE_FAILED, also where the time is not told. */
export function readSerialCommit(reader: FrameReader): { xid: number; commitTimeUs: number } {
  const { xid, time } = fieldsOf(reader, SERIAL_COMMIT);
  return { xid: xidOf(reader, xid), commitTimeUs: timeOf(reader, time) };
}

/** Reads `BEGIN CSN: n first_lsn: X/X [xid: n] commit_time: t [origin_id: n]`. Errors as above. */
export function readParallelBegin(reader: FrameReader): ParallelBeginLine {
  const { lsn, xid, time, origin } = fieldsOf(reader, PARALLEL_BEGIN);
  return {
    xid: xidOf(reader, xid),
    origin: originOf(origin),
    firstLsn: parseLsn(lsn!),
    commitTimeUs: timeOf(reader, time),
  };
}

/** Reads `commit [xid: n] [(at time)]`; returns the xid. */
export function readParallelCommit(reader: FrameReader): number {
  return xidOf(reader, fieldsOf(reader, PARALLEL_COMMIT).xid);
}

function fieldsOf(reader: FrameReader, pattern: RegExp): Partial<Record<string, string>> {
  const line = textBetween(reader, reader.at, reader.end, 'latin1');
  const match = pattern.exec(line) ?? reader.fail('the first or last record of a transaction cannot be read');
  return match.groups ?? {};
}

function xidOf(reader: FrameReader, digits: string | undefined): number {
  if (digits === undefined) return -1;
  const xid = Number(digits);
  if (!Number.isSafeInteger(xid)) reader.fail('a transaction id beyond 2^53');
  return xid;
}

function originOf(digits: string | undefined): string | null {
  return digits === undefined || Number(digits) === 0 ? null : digits;
}

function timeOf(reader: FrameReader, text: string | undefined): number {
  if (text === undefined) reader.fail('the transaction has no commit time (option include-timestamp)');
  const commitTimeUs = readCommitTimeUs(Buffer.from(text, 'latin1'), 0, text.length);
  if (Number.isNaN(commitTimeUs)) reader.fail(`${JSON.stringify(text)} is no commit time`);
  return commitTimeUs;
}
