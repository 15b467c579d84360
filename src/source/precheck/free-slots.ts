import type { CheckResult } from '../../domain/task.ts';
import { quoteLiteral } from '../postgres/quoting.ts';
import { type CheckSubject, failed, nameList, passed } from './check.ts';
import type { ServerFactsForCheck } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'free-slots', group: 'source' };

/** A replication slot must be free, unless the task has its slot already. */
export function checkFreeSlots(
  facts: Pick<ServerFactsForCheck, 'maxSlots' | 'usedSlots' | 'inactiveSlots'>,
  hasSlot: boolean,
): CheckResult {
  const used = `${facts.usedSlots} of ${facts.maxSlots} replication slots are used`;
  if (hasSlot) return passed(SUBJECT, 'The task has its slot.');
  if (facts.usedSlots < facts.maxSlots) return passed(SUBJECT, `${used}.`);
  const inactive = facts.inactiveSlots.length > 0 ? ` Not in use now: ${nameList(facts.inactiveSlots)}.` : '';
  return failed(SUBJECT, {
    message: `${used}: none is free.`,
    cause: `max_replication_slots is ${facts.maxSlots}.${inactive}`,
    cure: 'Raise max_replication_slots and restart the server, or drop a slot nobody needs (first make sure of it).',
    sql: [
      `ALTER SYSTEM SET max_replication_slots = ${facts.maxSlots + 10};`,
      ...facts.inactiveSlots.map((slot) => `-- SELECT pg_drop_replication_slot(${quoteLiteral(slot)});`),
    ],
  });
}
