import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier } from '../postgres/quoting.ts';
import { type CheckSubject, failed, passed } from './check.ts';
import type { ServerFactsForCheck, ServerFamily } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'replication-role', group: 'source' };

const MISSING: Readonly<Record<ServerFamily, string>> = {
  postgres: 'It has neither the attribute REPLICATION nor SUPERUSER.',
  opengauss: 'It has neither the attribute REPLICATION nor SYSADMIN, and is no member of gs_role_replication.',
};

/** The role needs REPLICATION to create slots and to stream. */
export function checkReplicationRole(
  facts: Pick<ServerFactsForCheck, 'role' | 'isSuperuser' | 'canReplicate'>,
  family: ServerFamily = 'postgres',
): CheckResult {
  if (facts.isSuperuser || facts.canReplicate) return passed(SUBJECT, `Role ${facts.role} may replicate.`);
  return failed(SUBJECT, {
    message: `Role ${facts.role} may not replicate.`,
    cause: MISSING[family],
    cure: `Run the SQL as ${family === 'postgres' ? 'a superuser' : 'an administrator (SYSADMIN)'}.`,
    sql: [`ALTER ROLE ${quoteIdentifier(facts.role)} WITH REPLICATION;`],
  });
}
