import type { CheckResult } from '../../domain/task.ts';
import { alarm, type CheckSubject, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'wal-retention', group: 'source' };
/** Default of max_size_for_xlog_prune in kB, 2 TB: practically no limit. */
const NO_LIMIT_KB = 2_147_483_647;

/**
 * openGauss keeps WAL for a slot without end, unless told to prune. max_size_xlog_force_prune does so whatever slots need
 * (its documentation). enable_xlog_prune is on by default and prunes beyond max_size_for_xlog_prune while a standby is
 * away; that this may hit a logical slot is a guess, so only a limit someone lowered is reported.
 */
export function checkWalPruning(settings: ReadonlyMap<string, string>): CheckResult {
  const forced = Number(settings.get('max_size_xlog_force_prune') ?? 0);
  if (forced > 0) {
    return alarm(SUBJECT, {
      message: `The server keeps only ${megabytes(forced)} MB of WAL for the slot.`,
      cause:
        'max_size_xlog_force_prune removes WAL that slots still need: after a long pause or outage the slot is lost.',
      cure: 'Turn it off, or raise it to what the longest outage may write.',
      sql: ['ALTER SYSTEM SET max_size_xlog_force_prune = 0;'],
    });
  }
  const limit = Number(settings.get('max_size_for_xlog_prune') ?? NO_LIMIT_KB);
  if (settings.get('enable_xlog_prune') === 'on' && limit < NO_LIMIT_KB) {
    return alarm(SUBJECT, {
      message: `The server may keep only ${megabytes(limit)} MB of WAL for the slot.`,
      cause: 'enable_xlog_prune is on with a low max_size_for_xlog_prune: WAL is removed while a standby is away.',
      cure: 'Raise max_size_for_xlog_prune, or turn enable_xlog_prune off.',
      sql: [`ALTER SYSTEM SET max_size_for_xlog_prune = ${NO_LIMIT_KB};`],
    });
  }
  return passed(SUBJECT, 'The server keeps all WAL the slot needs; watch its disk while the task is stopped or down.');
}

function megabytes(kilobytes: number): number {
  return Math.floor(kilobytes / 1024);
}
