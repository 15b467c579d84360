import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';
import type { ServerFactsForCheck } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'free-wal-senders', group: 'source' };

/** A walsender must be free for the stream. */
export function checkFreeWalSenders(facts: Pick<ServerFactsForCheck, 'maxWalSenders' | 'usedWalSenders'>): CheckResult {
  const used = `${facts.usedWalSenders} of ${facts.maxWalSenders} walsenders are used`;
  if (facts.usedWalSenders < facts.maxWalSenders) return passed(SUBJECT, `${used}.`);
  return failed(SUBJECT, {
    message: `${used}: none is free.`,
    cause: `max_wal_senders is ${facts.maxWalSenders}; standbys, backups and other subscribers take one each.`,
    cure: 'Raise max_wal_senders and restart the server.',
    sql: [`ALTER SYSTEM SET max_wal_senders = ${facts.maxWalSenders + 10};`],
  });
}
