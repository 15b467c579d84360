import type { CheckResult } from '../../domain/task.ts';
import { alarm, type CheckSubject, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'wal-retention', group: 'source' };
const LOW_MB = 1024;

/** How much WAL the server keeps for a slot: below 1 GB a short outage already costs the slot. */
export function checkWalRetention(facts: { readonly slotWalKeepMb: number | null }): CheckResult {
  const limit = facts.slotWalKeepMb;
  if (limit === null || limit < 0) {
    return passed(
      SUBJECT,
      'The server keeps all WAL the slot needs; watch its disk while the task is stopped or down.',
    );
  }
  if (limit >= LOW_MB) return passed(SUBJECT, `The server keeps up to ${limit} MB of WAL for the slot.`);
  return alarm(SUBJECT, {
    message: `The server keeps only ${limit} MB of WAL for the slot.`,
    cause: 'max_slot_wal_keep_size is low: a pause or outage during a load can make the server invalidate the slot.',
    cure: 'Raise it to what the longest outage may write.',
    sql: ["ALTER SYSTEM SET max_slot_wal_keep_size = '20GB';", 'SELECT pg_reload_conf();'],
  });
}
