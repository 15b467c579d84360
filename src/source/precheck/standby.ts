import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';
import type { ServerFactsForCheck } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'source-primary', group: 'source' };
/** Logical decoding on a standby exists from here on. */
const STANDBY_DECODING_VERSION = 160_000;

/** A standby before 16 cannot decode; a newer one can, but nothing can be created on it, so the publication must exist. */
export function checkStandby(
  facts: Pick<ServerFactsForCheck, 'inRecovery' | 'versionNumber'>,
  userPublication: string | null,
): CheckResult {
  if (!facts.inRecovery) return passed(SUBJECT, 'The server is a primary.');
  if (facts.versionNumber < STANDBY_DECODING_VERSION) {
    return failed(SUBJECT, {
      message: 'The server is a standby.',
      cause: 'Logical decoding on a standby needs PostgreSQL 16 or newer.',
      cure: 'Name the primary in source.host.',
    });
  }
  if (userPublication === null) {
    return failed(SUBJECT, {
      message: 'The server is a standby.',
      cause: 'A publication cannot be created on a standby.',
      cure: 'Create one on the primary and name it in source.publication, or name the primary in source.host.',
    });
  }
  return passed(SUBJECT, 'The server is a standby that can decode.');
}
