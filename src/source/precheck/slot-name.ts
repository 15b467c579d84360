import type { CheckResult } from '../../domain/task.ts';
import { quoteLiteral } from '../postgres/quoting.ts';
import type { SlotInfo } from '../source.ts';
import { type CheckSubject, failed, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'slot-name', group: 'source' };
/** What the server takes (replication/slot.c, ReplicationSlotValidateName). */
const LEGAL_NAME = /^[a-z0-9_]{1,63}$/;

/** The slot's name is legal and not in use by others. `existing`: the slot of that name, if any. */
export function checkSlotName(slot: string, existing: SlotInfo | null, isOwned: boolean): CheckResult {
  if (!LEGAL_NAME.test(slot)) {
    return failed(SUBJECT, {
      message: `"${slot}" is no name for a replication slot.`,
      cause: 'Slot names are 1 to 63 characters: lower-case letters, digits, underscore.',
      cure: 'Choose another source.slot.name.',
    });
  }
  if (existing === null) return passed(SUBJECT, `Slot ${slot} can be created.`);
  if (isOwned) return passed(SUBJECT, `Slot ${slot} exists and belongs to the task.`);
  return failed(SUBJECT, {
    message: `A slot ${slot} exists already.`,
    cause: `It was not created by this task (${describeSlot(existing)}); a slot serves one reader only.`,
    cure: 'Choose another source.slot.name, or drop the slot if nobody needs it.',
    sql: [
      ...(existing.pid === null ? [] : [`SELECT pg_terminate_backend(${existing.pid});`]),
      `SELECT pg_drop_replication_slot(${quoteLiteral(slot)});`,
    ],
  });
}

function describeSlot(slot: SlotInfo): string {
  const use = slot.active ? `in use by pid ${slot.pid}` : 'not in use';
  return slot.slotType === 'physical' ? `physical, ${use}` : `${slot.plugin}, database ${slot.database}, ${use}`;
}
