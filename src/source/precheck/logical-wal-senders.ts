import type { CheckResult } from '../../domain/task.ts';
import { alarm, type CheckSubject, passed } from './check.ts';
import type { GaussServerFacts } from './gauss-facts.ts';

const SUBJECT: CheckSubject = { id: 'free-wal-senders', group: 'source' };

/**
 * openGauss shows walsenders of standbys only; those of logical streams are in no view, but each of them holds an active
 * slot. So the sum is the least that is used. Whether one is free shows only when the replication connection is tried.
 */
export function checkLogicalWalSenders(
  facts: Pick<GaussServerFacts, 'maxWalSenders' | 'seenWalSenders'>,
  activeLogicalSlots: number,
): CheckResult {
  const used = facts.seenWalSenders + activeLogicalSlots;
  const text = `At least ${used} of ${facts.maxWalSenders} walsenders are used (the server does not show all)`;
  if (used < facts.maxWalSenders) return passed(SUBJECT, `${text}.`);
  return alarm(SUBJECT, {
    message: `${text}: none may be free.`,
    cause: `max_wal_senders is ${facts.maxWalSenders}; standbys, backups and logical streams take one each.`,
    cure: 'Raise max_wal_senders (it must stay below max_connections) and restart the server.',
    sql: [`ALTER SYSTEM SET max_wal_senders = ${facts.maxWalSenders + 10};`],
  });
}
