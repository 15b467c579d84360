import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier } from '../postgres/quoting.ts';
import { alarm, type CheckSubject, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'slot-log', group: 'source' };

/** enable_slot_log: only then is a slot written to the WAL, and exists on standbys. */
export function checkSlotLog(facts: {
  readonly database: string;
  readonly settings: ReadonlyMap<string, string>;
}): CheckResult {
  const setting = facts.settings.get('enable_slot_log');
  if (setting === undefined) return passed(SUBJECT, 'The server has no setting enable_slot_log.');
  if (setting === 'on') return passed(SUBJECT, 'enable_slot_log is on: slots survive a failover.');
  return alarm(SUBJECT, {
    message: 'enable_slot_log is off.',
    cause:
      'Slots are files of one node: after a failover the new primary does not have the slot, and changes are lost.',
    cure: `Accept it if there is no standby; otherwise run the SQL, or on a server node: gs_guc reload -Z datanode -N all -I all -c "enable_slot_log=on".`,
    sql: [`ALTER DATABASE ${quoteIdentifier(facts.database)} SET enable_slot_log = on;`],
  });
}
