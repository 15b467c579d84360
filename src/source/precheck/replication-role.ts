import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier } from '../postgres/quoting.ts';
import { type CheckSubject, failed, passed } from './check.ts';
import type { ServerFactsForCheck } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'replication-role', group: 'source' };

/** The role needs REPLICATION to create slots and to stream. */
export function checkReplicationRole(
  facts: Pick<ServerFactsForCheck, 'role' | 'isSuperuser' | 'canReplicate'>,
): CheckResult {
  if (facts.isSuperuser || facts.canReplicate) return passed(SUBJECT, `Role ${facts.role} may replicate.`);
  return failed(SUBJECT, {
    message: `Role ${facts.role} may not replicate.`,
    cause: 'It has neither the attribute REPLICATION nor SUPERUSER.',
    cure: 'Run the SQL as a superuser.',
    sql: [`ALTER ROLE ${quoteIdentifier(facts.role)} WITH REPLICATION;`],
  });
}
