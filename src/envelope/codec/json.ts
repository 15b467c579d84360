import type { Change, Transaction } from '../../domain/change.ts';
import {
  CONSTANT_SLACK,
  type ConstantText,
  constantText,
  MAX_DIGITS,
  writeConstant,
  writeDigits,
} from '../../domain/json-bytes.ts';
import type { CompiledEnvelope, RecordPart } from '../envelope.ts';
import type { Codec, MemberPlan, NumberField, RecordPlan, ShapePlan, ValuePlan } from '../plan.ts';
import { type CompiledRow, compileRow, writeRow } from './json-row.ts';

/** Writes plans as JSON without spaces. All text that is the same for every change becomes ready buffers. */
export const jsonCodec: Codec = { compile: compileJson };

/** A value as constant text with holes: texts[0] fields[0] texts[1] … texts[n]; the last field is null. */
interface Program {
  readonly texts: readonly ConstantText[];
  readonly fields: readonly (Field | null)[];
}

/** Room behind a text: its slack and a number. */
const STEP_SLACK = CONSTANT_SLACK + MAX_DIGITS;

/** What goes into a hole: a row, or (null) a number. */
interface Field {
  readonly row: CompiledRow | null;
  readonly number: NumberField;
}

function compileJson(plan: ShapePlan): CompiledEnvelope {
  const programs: (Program | null)[] = [];
  const toPart = ({ keyRow, op, value }: RecordPlan): RecordPart => {
    programs.push(value === null ? null : compileProgram(value));
    return { keyRow, op, hasValue: value !== null, index: programs.length - 1 };
  };
  const cases = plan.cases.map((records) => records.map(toPart));
  return {
    parts: (change) => cases[plan.caseOf(change)]!,
    writeValue(part, change, transaction, nowMs, out) {
      const { texts, fields } = programs[part.index]!;
      for (let i = 0; i < texts.length; i++) {
        const text = texts[i]!;
        const target = out.reserve(text.length + STEP_SLACK);
        out.position = writeConstant(text, target, out.position);
        const field = fields[i];
        if (!field) return;
        if (field.row !== null) writeRow(field.row, change, out);
        else out.position = writeDigits(numberOf(field.number, change, transaction, nowMs), target, out.position);
      }
    },
    writeKey: null,
  };
}

function numberOf(field: NumberField, change: Change, transaction: Transaction, nowMs: number): number {
  if (field === 'event-number') return change.eventNumber;
  return field === 'commit-ms' ? Math.floor(transaction.commitTimeUs / 1000) : nowMs;
}

function compileProgram(plan: ValuePlan): Program {
  const texts: ConstantText[] = [];
  const fields: (Field | null)[] = [];
  let text = '';
  for (const piece of piecesOf(plan)) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    texts.push(constantText(text));
    fields.push(piece);
    text = '';
  }
  texts.push(constantText(text));
  fields.push(null);
  return { texts, fields };
}

function piecesOf(plan: ValuePlan): (string | Field)[] {
  switch (plan.kind) {
    case 'constant':
      return [JSON.stringify(plan.value)];
    case 'number':
      return [{ row: null, number: plan.field }];
    case 'row':
      return [{ row: compileRow(plan), number: 'event-number' }];
    case 'list':
      return ['[', ...plan.items.flatMap((item, i) => [separator(i), ...piecesOf(item)]), ']'];
    case 'object':
      return ['{', ...plan.members.flatMap((member, i) => [separator(i), ...memberPieces(member)]), '}'];
  }
}

function memberPieces({ name, value }: MemberPlan): (string | Field)[] {
  return [`${JSON.stringify(name)}:`, ...piecesOf(value)];
}

function separator(index: number): string {
  return index === 0 ? '' : ',';
}
