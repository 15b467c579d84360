import type { CheckResult } from '../../domain/task.ts';

/** Who a check is about: stable id in kebab-case and the group it is shown in. */
export interface CheckSubject {
  readonly id: string;
  readonly group: CheckResult['group'];
}

/** What is wrong, why, what helps, and the statements that cure it. */
export interface Problem {
  readonly message: string;
  readonly cause: string;
  readonly cure: string;
  readonly sql?: readonly string[];
}

export function passed(subject: CheckSubject, message: string): CheckResult {
  return { ...subject, status: 'PASSED', message };
}

/** The task can run, but someone should know. */
export function alarm(subject: CheckSubject, problem: Problem): CheckResult {
  return { ...subject, status: 'ALARM', ...problem };
}

export function failed(subject: CheckSubject, problem: Problem): CheckResult {
  return { ...subject, status: 'FAILED', ...problem };
}

const NAMES_SHOWN = 10;

/** Names for a message: `a, b, c and 7 more`. */
export function nameList(names: readonly string[]): string {
  if (names.length <= NAMES_SHOWN) return names.join(', ');
  return `${names.slice(0, NAMES_SHOWN).join(', ')} and ${names.length - NAMES_SHOWN} more`;
}

export function tableNames(tables: readonly { readonly schema: string; readonly table: string }[]): string {
  return nameList(tables.map((table) => `${table.schema}.${table.table}`));
}
