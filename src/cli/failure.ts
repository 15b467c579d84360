import { asCdcError, CdcError } from '../domain/errors.ts';
import { toProblem } from '../domain/problem.ts';
import type { CheckView } from '../task/task-api.ts';
import { Refusal } from './client.ts';
import { EXIT } from './exit-codes.ts';
import { renderChecks, renderSql } from './render.ts';
import { printable } from './text.ts';

/** The exit code an error ends the CLI with (contract). */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CdcError && (error.code === 'USAGE' || error.code === 'CONFIG_INVALID')) return EXIT.usage;
  const status = error instanceof Refusal ? error.status : asCdcError(error).http;
  if (status === 404) return EXIT.notFound;
  if (status === 409) return EXIT.refused;
  return status === 503 ? EXIT.unreachable : EXIT.failed;
}

/** The error as a problem document, for `--json`: the one the service sent, or one in the same form. */
export function failureJson(error: unknown): string {
  if (error instanceof Refusal) return `${error.text}\n`;
  return `${JSON.stringify(toProblem(asCdcError(error), ''))}\n`;
}

interface Shown {
  readonly message: string;
  readonly code: string;
  readonly cause?: string;
  readonly hint?: string;
  readonly fields: readonly { readonly path: string; readonly message: string }[];
  readonly sql: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

/** The error for people: message, cause, cure, bad fields, failed checks, allowed commands, SQL. */
export function failureText(error: unknown): string {
  const shown = error instanceof Refusal ? fromProblem(error) : fromError(asCdcError(error));
  const lines = [`error: ${shown.message} (${shown.code})`];
  if (shown.cause) lines.push(`  cause: ${shown.cause}`);
  for (const field of shown.fields) lines.push(`  ${field.path}: ${field.message}`);
  if (shown.hint) lines.push(`  cure: ${shown.hint}`);
  const text = lines.map((line) => `${printable(line)}\n`).join('');
  return text + dataText(shown.data) + renderSql(shown.sql, '  ');
}

function fromProblem(refusal: Refusal): Shown {
  const { code, hint, errors, sql, data } = refusal.problem;
  return {
    message: refusal.message,
    code: typeof code === 'string' ? code : `HTTP ${refusal.status}`,
    ...(typeof hint === 'string' && { hint }),
    fields: Array.isArray(errors) ? errors : [],
    sql: Array.isArray(sql) ? sql : [],
    data: typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {},
  };
}

function fromError(error: CdcError): Shown {
  const { message, code, hint, fields, sql, data } = error;
  const cause = causeText(error.cause);
  return { message, code, hint, fields, sql, data, ...(cause !== message && { cause }) };
}

/** The innermost cause that says something: `fetch failed` hides `connect ECONNREFUSED …` below it. */
function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return causeText(cause.cause) || cause.message || ('code' in cause ? String(cause.code) : '');
}

function dataText(data: Readonly<Record<string, unknown>>): string {
  const checks = Object.values(data).filter(isCheckList).flat();
  const allowed = Object.entries(data).find(([name, value]) => name.startsWith('allowed') && Array.isArray(value))?.[1];
  const commands = Array.isArray(allowed) ? `  allowed: ${allowed.map(printable).join(', ') || 'nothing'}\n` : '';
  return renderChecks(checks) + commands;
}

function isCheckList(value: unknown): value is CheckView[] {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'object' && item !== null && 'status' in item && 'id' in item)
  );
}
