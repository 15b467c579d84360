import { readCommitTimeUs } from './commit-time.ts';
import type { FrameReader } from './frame-reader.ts';

const XID = 0x58; // X
const TIME = 0x54; // T
const ORIGIN = 0x4f; // O
const USER = 0x4e; // N

/** 2^53 in the upper half: xids are 64 bit wide, and told as numbers. */
const XID_HIGH_LIMIT = 0x20_0000;

/** What the tagged fields of a transaction's first or last record tell. */
export interface TransactionFields {
  /** -1: not sent (3.x and 5.x send none at the begin). */
  xid: number;
  /** NaN: not sent. */
  commitTimeUs: number;
  /** 0: a local transaction, or not sent. */
  originId: number;
}

/**
 * Reads tagged fields up to the end of the record (openGauss parallel_reorderbuffer.cpp, style b): `X` uint64 xid, `T`
 * uint32 n and n bytes commit time, `O` uint32 replication origin, `N` uint32 n and n bytes user name (GaussDB). Errors:
 * DECODE_FAILED on a tag that is not in `allowed`, a repeated one, or a value that cannot be read.
 */
export function readTransactionFields(record: FrameReader, allowed: string): TransactionFields {
  const fields: TransactionFields = { xid: -1, commitTimeUs: Number.NaN, originId: 0 };
  let expected = allowed;
  while (record.at < record.end) {
    const tag = record.uint8();
    const letter = String.fromCharCode(tag);
    if (!expected.includes(letter)) record.fail(`unexpected field ${tag} of a transaction`);
    expected = expected.replace(letter, '');
    if (tag === XID) fields.xid = readXid(record);
    else if (tag === TIME) fields.commitTimeUs = readTime(record);
    else if (tag === ORIGIN) fields.originId = record.uint32();
    else if (tag === USER) record.view(record.uint32());
  }
  return fields;
}

function readXid(record: FrameReader): number {
  const high = record.uint32();
  const xid = high * 0x1_0000_0000 + record.uint32();
  if (high >= XID_HIGH_LIMIT) record.fail('a transaction id beyond 2^53');
  return xid;
}

function readTime(record: FrameReader): number {
  const length = record.uint32();
  const { bytes, at } = record;
  const text = record.view(length);
  const commitTimeUs = readCommitTimeUs(bytes, at, at + length);
  if (Number.isNaN(commitTimeUs)) record.fail(`${JSON.stringify(text.toString('latin1'))} is no commit time`);
  return commitTimeUs;
}
