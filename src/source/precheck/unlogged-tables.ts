import type { CheckResult } from '../../domain/task.ts';
import { quoteTable } from '../postgres/quoting.ts';
import { type CheckSubject, failed, passed, tableNames } from './check.ts';
import type { IdentityFacts, ServerFamily } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'unlogged-tables', group: 'objects' };

/** Unlogged tables never reach the WAL, and the server refuses them in a publication. */
export function checkUnloggedTables(
  tables: readonly Pick<IdentityFacts, 'schema' | 'table' | 'persistence'>[],
  family: ServerFamily = 'postgres',
): CheckResult {
  const unlogged = tables.filter((one) => one.persistence === 'u');
  if (unlogged.length === 0) return passed(SUBJECT, 'All selected tables are written to the WAL.');
  const problem = {
    message: `Unlogged tables cannot be captured: ${tableNames(unlogged)}.`,
    cause: 'Their changes are not written to the WAL.',
  };
  if (family === 'opengauss') {
    // Its ALTER TABLE knows no SET LOGGED.
    return failed(SUBJECT, { ...problem, cure: 'Take them out with objects.exclude, or create them anew as logged.' });
  }
  return failed(SUBJECT, {
    ...problem,
    cure: 'Take them out with objects.exclude, or make them logged (this rewrites the table under a lock).',
    sql: unlogged.map((table) => `ALTER TABLE ${quoteTable(table)} SET LOGGED;`),
  });
}
