import type { CheckResult } from '../../domain/task.ts';
import { quoteLiteral } from '../postgres/quoting.ts';
import type { SlotInfo } from '../source.ts';
import { alarm, type CheckSubject, failed, passed } from './check.ts';
import type { ServerFamily } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'slot-name', group: 'source' };
/** What every server takes (replication/slot.c, ReplicationSlotValidateName); openGauss knows a few characters more. */
const LEGAL_NAME = /^[a-z0-9_]{1,63}$/;
/** openGauss keeps these for its own backups. */
const RESERVED_PREFIX = 'gs_roach';

export interface SlotNameFacts {
  /** The slot of that name, if any. */
  readonly existing: SlotInfo | null;
  /** The task made it. */
  readonly isOwned: boolean;
  readonly database: string;
  /** Output plugin the task needs. */
  readonly plugin: string;
  readonly family: ServerFamily;
  /** The task makes its own publication, which is then younger than an existing slot. */
  readonly makesPublication: boolean;
}

/** The slot's name is legal and free, or names a slot that can be used as it is: ours to read, but not to drop. */
export function checkSlotName(slot: string, facts: SlotNameFacts): CheckResult {
  const { existing, isOwned, database } = facts;
  if (!LEGAL_NAME.test(slot)) {
    return failed(SUBJECT, {
      message: `"${slot}" is no name for a replication slot.`,
      cause: 'Slot names are 1 to 63 characters: lower-case letters, digits, underscore.',
      cure: 'Choose another source.slot.name.',
    });
  }
  if (facts.family === 'opengauss' && slot.startsWith(RESERVED_PREFIX)) {
    return failed(SUBJECT, {
      message: `"${slot}" is no name for a replication slot.`,
      cause: `The server keeps names that begin with ${RESERVED_PREFIX} for itself.`,
      cure: 'Choose another source.slot.name.',
    });
  }
  if (existing === null) return passed(SUBJECT, `Slot ${slot} can be created.`);
  if (isOwned) return passed(SUBJECT, `Slot ${slot} exists and belongs to the task.`);
  if (existing.plugin === facts.plugin && existing.database === database && !existing.active) {
    return adopted(slot, facts.makesPublication);
  }
  return failed(SUBJECT, {
    message: `A slot ${slot} exists already and cannot be used.`,
    cause: `It was not created by this task (${describeSlot(existing)}); the task needs an unused ${facts.plugin} slot of database ${database}.`,
    cure: 'Choose another source.slot.name, or drop the slot if nobody needs it.',
    sql: [
      ...(existing.pid === null ? [] : [`SELECT pg_terminate_backend(${existing.pid});`]),
      `SELECT pg_drop_replication_slot(${quoteLiteral(slot)});`,
    ],
  });
}

/** pgoutput decodes a change under the publications of its time: one that was made later does not exist for it. */
function adopted(slot: string, makesPublication: boolean): CheckResult {
  const message = `Slot ${slot} exists and is used as it is, from its own position; the task does not drop it.`;
  if (!makesPublication) return passed(SUBJECT, message);
  return alarm(SUBJECT, {
    message,
    cause:
      'The publication the task makes is younger than the slot: changes written between the two cannot be decoded.',
    cure: 'Name a publication that is older than the slot in source.publication, or leave source.slot.name to the task.',
  });
}

function describeSlot(slot: SlotInfo): string {
  const use = slot.active ? (slot.pid === null ? 'in use' : `in use by pid ${slot.pid}`) : 'not in use';
  return slot.slotType === 'physical' ? `physical, ${use}` : `${slot.plugin}, database ${slot.database}, ${use}`;
}
