import type { ByteWriter } from '../../domain/byte-writer.ts';
import type { Change, Transaction } from '../../domain/change.ts';
import { appendConstant, type ConstantText, constantText } from '../../domain/json-bytes.ts';
import type { MemberPlan, RowPlan, ValuePlan } from '../plan.ts';
import { type JsonDialect, jsonText } from './json-dialect.ts';
import { appendChangeField, type ChangeField, SEQUENCE_PARTS, type SteadyField } from './json-fields.ts';
import { formedText } from './json-forms.ts';
import { type CompiledRow, compileRow, type RowOptions, writeRow } from './json-row.ts';
import { appendSteady, newSteadyText, type SteadyText, steadyVersion } from './steady-text.ts';

/** A value as steps, each a text and what comes behind it. */
export interface Program {
  readonly dialect: JsonDialect;
  readonly steps: readonly Step[];
  readonly hasSteady: boolean;
}

/** Constant or steady text, then a row, a field of the change or (at the end) nothing. */
interface Step {
  readonly constant: ConstantText;
  readonly steady: SteadyText | null;
  readonly row: CompiledRow | null;
  readonly field: ChangeField | null;
}

/** What a value consists of: constant text, fields, and rows. */
type Piece =
  | { readonly text: string }
  | { readonly steady: SteadyField }
  | { readonly field: ChangeField }
  | { readonly row: CompiledRow };

/** Compiles a value; all text that is the same for every change becomes ready buffers. */
export function compileProgram(plan: ValuePlan, options: RowOptions): Program {
  const steps: Step[] = [];
  const texts = [''];
  const fields: SteadyField[] = [];
  const endStep = (row: CompiledRow | null, field: ChangeField | null) => {
    const ready = texts.splice(0).map(constantText);
    const steady = fields.length === 0 ? null : newSteadyText(ready, fields.splice(0));
    steps.push({ constant: ready[0]!, steady, row, field });
    texts.push('');
  };
  for (const piece of piecesOf(plan, options)) {
    if ('text' in piece) {
      texts.push(texts.pop() + piece.text);
    } else if ('steady' in piece) {
      fields.push(piece.steady);
      texts.push('');
    } else if ('row' in piece) {
      endStep(piece.row, null);
    } else {
      endStep(null, piece.field);
    }
  }
  endStep(null, null);
  return { dialect: options.dialect, steps, hasSteady: steps.some(({ steady }) => steady !== null) };
}

/** Whether the value holds nothing but constants and rows. */
export function isOfRows({ steps, hasSteady }: Program): boolean {
  return !hasSteady && steps.every(({ field }) => field === null);
}

/**
 * Appends the value. Errors: KEY_UNAVAILABLE, CONVERSION_FAILED; what was written up to there stays behind `out`'s first
 * position: the caller, who knows where the record begins, goes back there.
 */
export function runProgram(
  { dialect, steps, hasSteady }: Program,
  change: Change,
  transaction: Transaction,
  nowMs: number,
  out: ByteWriter,
): void {
  const version = hasSteady ? steadyVersion(transaction, nowMs) : 0;
  for (let i = 0; i < steps.length; i++) {
    const { constant, steady, row, field } = steps[i]!;
    if (steady === null) appendConstant(constant, out);
    else appendSteady(steady, version, dialect, transaction, nowMs, out);
    if (row !== null) writeRow(row, change, out);
    else if (field !== null) appendChangeField(field, change, out);
  }
}

function piecesOf(plan: ValuePlan, options: RowOptions): readonly Piece[] {
  switch (plan.kind) {
    case 'constant':
      return [{ text: jsonText(plan.value, options.dialect) }];
    case 'formed':
      return [{ text: formedText(plan, options.dialect) }];
    case 'number':
      return plan.field === 'event-number' || plan.field === 'lsn' ? [{ field: plan.field }] : [{ steady: plan.field }];
    case 'text':
      return plan.field === 'sequence' ? sequencePieces() : [{ steady: plan.field }];
    case 'row':
      return rowPieces(plan, options);
    case 'list':
      return [{ text: '[' }, ...separated(plan.items.map((item) => piecesOf(item, options))), { text: ']' }];
    case 'object':
      return [{ text: '{' }, ...memberPieces(plan.members, options), { text: '}' }];
    case 'prefixed':
      return [{ text: plan.prefix }, ...piecesOf(plan.value, options)];
  }
}

function sequencePieces(): readonly Piece[] {
  const [start, lsn, end] = SEQUENCE_PARTS;
  return [{ steady: start }, { field: lsn }, { text: end }];
}

/** Cells end in a comma each, so that members can follow; without members the row closes itself. */
function rowPieces(plan: RowPlan, options: RowOptions): readonly Piece[] {
  const row: Piece = { row: compileRow(plan, options) };
  const { members = [] } = plan;
  return members.length === 0
    ? [{ text: '{' }, row]
    : [{ text: '{' }, row, ...memberPieces(members, options), { text: '}' }];
}

function memberPieces(members: readonly MemberPlan[], options: RowOptions): readonly Piece[] {
  return separated(
    members.map(({ name, value }) => [{ text: `${jsonText(name, options.dialect)}:` }, ...piecesOf(value, options)]),
  );
}

function separated(values: readonly (readonly Piece[])[]): readonly Piece[] {
  return values.flatMap((pieces, i) => (i === 0 ? pieces : [{ text: ',' }, ...pieces]));
}
