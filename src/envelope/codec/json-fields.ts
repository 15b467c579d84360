import type { ByteWriter } from '../../domain/byte-writer.ts';
import type { Change, Transaction } from '../../domain/change.ts';
import { constantText, MAX_DIGITS, writeConstant, writeDigits } from '../../domain/json-bytes.ts';
import { type Lsn, lsnFromHalves } from '../../domain/lsn.ts';
import type { NumberField, TextField } from '../plan.ts';
import { type JsonDialect, jsonText } from './json-dialect.ts';

/** What is another for every change. */
export type ChangeField = Extract<NumberField, 'event-number' | 'lsn'>;

/** What stays the same for the changes of a transaction that are sent in one millisecond. */
export type SteadyField = Exclude<NumberField, ChangeField> | Exclude<TextField, 'sequence'> | 'sequence-start';

const TWO_TO_32 = 0x1_0000_0000;
const MICROS = constantText('000');
const NANOS = constantText('000000');
const NULL = constantText('null');
const SEQUENCE_NULL = constantText('"[null,\\"');
const SEQUENCE_START = constantText('"[\\"');
const SEQUENCE_COMMA = constantText('\\",\\"');
/** The longest number, the text around it, and what is overwritten behind. */
const MAX_FIELD = 20 + 12 + MAX_DIGITS;

/** The field `sequence`, JSON text in a JSON string, taken apart: `"[\"<LSN before>\",\"`, `<LSN>`, `\"]"`. */
export const SEQUENCE_PARTS = ['sequence-start', 'lsn', '\\"]"'] as const;

/** Appends a number of the change. */
export function appendChangeField(field: ChangeField, change: Change, out: ByteWriter): void {
  const target = out.reserve(MAX_FIELD);
  const { lsnHigh, lsnLow } = change;
  const number = field === 'lsn' ? lsnHigh * TWO_TO_32 + lsnLow : change.eventNumber;
  out.position =
    number <= Number.MAX_SAFE_INTEGER
      ? writeDigits(number, target, out.position)
      : writeLarge(lsnFromHalves(lsnHigh, lsnLow), target, out.position);
}

/** Appends a number or text of the transaction. `nowMs`: time of sending. */
export function appendSteadyField(
  field: SteadyField,
  dialect: JsonDialect,
  transaction: Transaction,
  nowMs: number,
  out: ByteWriter,
): void {
  if (field === 'origin') {
    out.appendText(jsonText(transaction.origin, dialect));
    return;
  }
  const target = out.reserve(MAX_FIELD);
  out.position = writeSteadyField(field, transaction, nowMs, target, out.position);
}

/** Nanoseconds are digits and zeros: as a number they would not fit a double. */
function writeSteadyField(
  field: Exclude<SteadyField, 'origin'>,
  { xid, commitTimeUs, originLsn = null, previousLsn }: Transaction,
  nowMs: number,
  target: Buffer,
  at: number,
): number {
  switch (field) {
    case 'xid':
      return xid < 0 ? writeConstant(NULL, target, at) : writeDigits(xid, target, at);
    case 'origin-lsn':
      return originLsn === null ? writeConstant(NULL, target, at) : writeLsn(originLsn, target, at);
    case 'sequence-start':
      if (previousLsn === null) return writeConstant(SEQUENCE_NULL, target, at);
      return writeConstant(
        SEQUENCE_COMMA,
        target,
        writeLsn(previousLsn, target, writeConstant(SEQUENCE_START, target, at)),
      );
    case 'commit-ms':
      return writeDigits(Math.floor(commitTimeUs / 1000), target, at);
    case 'commit-us':
      return writeDigits(commitTimeUs, target, at);
    case 'commit-ns':
      return writeConstant(MICROS, target, writeDigits(commitTimeUs, target, at));
    case 'sent-ms':
      return writeDigits(nowMs, target, at);
    case 'sent-us':
      return writeConstant(MICROS, target, writeDigits(nowMs, target, at));
    case 'sent-ns':
      return writeConstant(NANOS, target, writeDigits(nowMs, target, at));
  }
}

function writeLsn(lsn: Lsn, target: Buffer, at: number): number {
  const number = Number(lsn);
  return number <= Number.MAX_SAFE_INTEGER ? writeDigits(number, target, at) : writeLarge(lsn, target, at);
}

/** Eight petabytes of WAL: only then a bigint per row. */
function writeLarge(lsn: Lsn, target: Buffer, at: number): number {
  return at + target.write(lsn.toString(), at, 'latin1');
}
