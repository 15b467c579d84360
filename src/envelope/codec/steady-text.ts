import type { ByteWriter } from '../../domain/byte-writer.ts';
import type { Transaction } from '../../domain/change.ts';
import { appendConstant, type ConstantText } from '../../domain/json-bytes.ts';
import type { JsonDialect } from './json-dialect.ts';
import { appendSteadyField, type SteadyField } from './json-fields.ts';

/**
 * Text of a record that stays the same for the changes of a transaction that are sent in one millisecond:
 * texts[0] fields[0] texts[1] … texts[n]. Its bytes are kept: copying them costs a third of writing the numbers again.
 */
export interface SteadyText {
  readonly texts: readonly ConstantText[];
  readonly fields: readonly SteadyField[];
  /** As written for `version`. */
  bytes: Buffer;
  version: number;
}

/** What the steady texts of `version` were written with. Decoders use one transaction object again and again. */
let version = 0;
let seenNowMs = -1;
const seen: Transaction = { xid: -1, commitTimeUs: -1, origin: null, originLsn: undefined, previousLsn: null };

export function newSteadyText(texts: readonly ConstantText[], fields: readonly SteadyField[]): SteadyText {
  return { texts, fields, bytes: Buffer.alloc(0), version: -1 };
}

/** A number that is another whenever something that steady texts hold has changed. */
export function steadyVersion(transaction: Transaction, nowMs: number): number {
  const { xid, commitTimeUs, origin, originLsn, previousLsn } = transaction;
  const isSame =
    seenNowMs === nowMs &&
    seen.commitTimeUs === commitTimeUs &&
    seen.xid === xid &&
    seen.previousLsn === previousLsn &&
    seen.origin === origin &&
    seen.originLsn === originLsn;
  if (isSame) return version;
  seenNowMs = nowMs;
  seen.commitTimeUs = commitTimeUs;
  seen.xid = xid;
  seen.previousLsn = previousLsn;
  seen.origin = origin;
  seen.originLsn = originLsn;
  return ++version;
}

/** Appends a steady text; `current`: what `steadyVersion` said of transaction and time. */
export function appendSteady(
  text: SteadyText,
  current: number,
  dialect: JsonDialect,
  transaction: Transaction,
  nowMs: number,
  out: ByteWriter,
): void {
  if (text.version === current) {
    out.reserve(text.bytes.length).set(text.bytes, out.position);
    out.position += text.bytes.length;
    return;
  }
  const start = out.position;
  for (let i = 0; i < text.texts.length; i++) {
    appendConstant(text.texts[i]!, out);
    if (i < text.fields.length) appendSteadyField(text.fields[i]!, dialect, transaction, nowMs, out);
  }
  const written = out.bytes.subarray(start, out.position);
  if (text.bytes.length === written.length) text.bytes.set(written);
  else text.bytes = Buffer.from(written);
  text.version = current;
}
