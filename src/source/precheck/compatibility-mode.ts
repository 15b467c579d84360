import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'compatibility-mode', group: 'source' };

/** pg_database.datcompatibility; openGauss has the short names, GaussDB the long ones as well. */
const MODES: Readonly<Record<string, string>> = {
  A: 'A (Oracle)',
  ORA: 'A (Oracle)',
  B: 'B (MySQL)',
  MYSQL: 'B (MySQL)',
  M: 'M (MySQL)',
  C: 'C (Teradata)',
  TD: 'C (Teradata)',
  PG: 'PG (PostgreSQL)',
  D: 'D (SQL Server)',
};

const ORACLE = new Set(['A', 'ORA']);
/** Those whose values were seen on a server. */
const STANDARD = new Set(['B', 'MYSQL', 'C', 'TD', 'PG']);

/** Tells what the compatibility mode does to values. Never a fault: values are published as the database has them. */
export function checkCompatibilityMode(facts: {
  readonly compatibility: string;
  readonly settings: ReadonlyMap<string, string>;
}): CheckResult {
  const mode = MODES[facts.compatibility] ?? facts.compatibility;
  const values = meaningOf(facts.compatibility);
  const hasZero = (facts.settings.get('behavior_compat_options') ?? '').includes('display_leading_zero');
  const numbers = hasZero ? '' : '; the server prints numbers without a leading zero (.01)';
  return passed(SUBJECT, `Compatibility mode ${mode}: ${values}${numbers}.`);
}

function meaningOf(compatibility: string): string {
  if (ORACLE.has(compatibility)) return "'' is stored as NULL, and DATE is a timestamp";
  if (STANDARD.has(compatibility)) return "'' is not NULL, and DATE is a date";
  return 'values are published as the server prints them';
}
