import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'source-primary', group: 'source' };

/** openGauss: slots are created on a primary only, and a slot must not be read on two nodes. */
export function checkPrimaryNode(facts: { readonly inRecovery: boolean }): CheckResult {
  if (!facts.inRecovery) return passed(SUBJECT, 'The server is a primary.');
  return failed(SUBJECT, {
    message: 'The server is a standby.',
    cause: 'Slots and the heartbeat table cannot be written on a standby.',
    cure: 'Name the primary in source.host.',
  });
}
