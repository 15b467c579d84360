import { ByteWriter } from '../../domain/byte-writer.ts';
import type { Transaction } from '../../domain/change.ts';
import { CdcError } from '../../domain/errors.ts';
import type { CompiledEnvelope, RecordPart } from '../envelope.ts';
import type { Codec, RecordPlan, ShapePlan } from '../plan.ts';
import { compileHeaders, writeHeaders } from './json-headers.ts';
import { compileProgram, isOfRows, type Program, runProgram } from './json-program.ts';

export interface JsonCodecOptions {
  /** `json`: as JSON.stringify escapes; `connect`: as Kafka Connect's JsonConverter, in headers its SimpleHeaderConverter. */
  readonly escape: 'json' | 'connect';
}

/** Keys hold nothing of the transaction (`compileKeys`), so none is needed to write them. */
const NO_TRANSACTION: Transaction = { xid: -1, commitTimeUs: 0, origin: null, previousLsn: null };

/** Writes plans as JSON without spaces. */
export function createJsonCodec(options: JsonCodecOptions): Codec {
  return { compile: (plan) => compileJson(plan, options) };
}

function compileJson(plan: ShapePlan, { escape: dialect }: JsonCodecOptions): CompiledEnvelope {
  const records: RecordPlan[] = [];
  const toPart = (record: RecordPlan): RecordPart => {
    const { keyRow, op, value } = record;
    return { keyRow, op, hasValue: value !== null, index: records.push(record) - 1 };
  };
  const cases = plan.cases.map((ofCase) => ofCase.map(toPart));
  // Compiled when first used: with schemas a program is large, and most tables see few of the cases.
  const programs: Program[] = [];
  const programOf = (index: number): Program => {
    programs[index] ??= compileProgram(records[index]!.value!, { dialect, isKey: false });
    return programs[index];
  };
  return {
    parts: (change) => cases[plan.caseOf(change)]!,
    writeValue(part, change, transaction, nowMs, out) {
      runProgram(programOf(part.index), change, transaction, nowMs, out);
    },
    writeKey: compileKeyWriter(records, dialect),
    writeHeaders: compileHeaderWriter(records, dialect),
  };
}

function compileKeyWriter(records: readonly RecordPlan[], dialect: 'json' | 'connect'): CompiledEnvelope['writeKey'] {
  if (records.every(({ key }) => key === undefined)) return null;
  const keys = records.map(({ key }): Program | null => {
    if (key === undefined) throw new CdcError('INTERNAL', 'a shape gives some of its records an own key, others none');
    return key && compileProgram(key, { dialect, isKey: true });
  });
  if (keys.some((key) => key !== null && !isOfRows(key))) {
    throw new CdcError('INTERNAL', 'a record key holds a number or text of the change');
  }
  return (part, change, out) => {
    const key = keys[part.index]!;
    if (key === null) return false;
    runProgram(key, change, NO_TRANSACTION, 0, out);
    return true;
  };
}

function compileHeaderWriter(
  records: readonly RecordPlan[],
  dialect: 'json' | 'connect',
): CompiledEnvelope['writeHeaders'] {
  if (records.every(({ headers }) => headers === undefined)) return null;
  const textDialect = dialect === 'connect' ? 'connect-header' : 'json';
  const compiled = records.map(({ headers }) => compileHeaders(headers ?? [], textDialect));
  const scratch = new ByteWriter(256);
  return (part, change, transaction, nowMs, out) => {
    const headers = compiled[part.index]!;
    writeHeaders(headers, change, transaction, nowMs, scratch, out);
    return headers.length;
  };
}
