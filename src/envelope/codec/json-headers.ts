import type { ByteWriter } from '../../domain/byte-writer.ts';
import type { Change, Transaction } from '../../domain/change.ts';
import type { HeaderPlan, ValuePlan } from '../plan.ts';
import { type JsonDialect, jsonText } from './json-dialect.ts';
import { compileProgram, type Program, runProgram } from './json-program.ts';
import { appendHeader, constantHeader, headerKey } from './kafka-headers.ts';

/** A header: constant ones are ready bytes without a program. */
interface CompiledHeader {
  readonly bytes: Buffer;
  readonly program: Program | null;
}

/** Compiles the headers of one record. A constant text stands as it is, anything else as JSON text. */
export function compileHeaders(headers: readonly HeaderPlan[], dialect: JsonDialect): readonly CompiledHeader[] {
  return headers.map(({ name, value }) =>
    value.kind === 'constant'
      ? { bytes: constantHeader(name, headerText(value, dialect)), program: null }
      : { bytes: headerKey(name), program: compileProgram(value, { dialect, isKey: true }) },
  );
}

/** Appends the headers; `scratch` holds one value at a time, as its length comes first. */
export function writeHeaders(
  headers: readonly CompiledHeader[],
  change: Change,
  transaction: Transaction,
  nowMs: number,
  scratch: ByteWriter,
  out: ByteWriter,
): void {
  for (let i = 0; i < headers.length; i++) {
    const { bytes, program } = headers[i]!;
    if (program === null) {
      out.append(bytes);
      continue;
    }
    scratch.position = 0;
    runProgram(program, change, transaction, nowMs, scratch);
    appendHeader(bytes, scratch, out);
  }
}

function headerText({ value }: ValuePlan & { kind: 'constant' }, dialect: JsonDialect): string {
  return typeof value === 'string' ? value : jsonText(value, dialect);
}
