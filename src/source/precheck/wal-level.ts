import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'wal-level', group: 'source' };

/** wal_level must be logical. */
export function checkWalLevel(facts: { readonly walLevel: string }): CheckResult {
  if (facts.walLevel === 'logical') return passed(SUBJECT, 'wal_level is logical.');
  return failed(SUBJECT, {
    message: `wal_level is ${facts.walLevel}.`,
    cause: 'The WAL does not hold what logical decoding needs.',
    cure: 'Run the SQL as a superuser, then restart the server.',
    sql: ["ALTER SYSTEM SET wal_level = 'logical';"],
  });
}
