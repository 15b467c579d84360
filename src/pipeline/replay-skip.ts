import type { Change } from '../domain/change.ts';
import { CdcError } from '../domain/errors.ts';
import { formatLsn, lsnFromHalves } from '../domain/lsn.ts';

/** The last change published before a stop cut its transaction (design §5.9), with its LSN as text. */
export interface PublishedBefore {
  readonly eventNumber: number;
  readonly lsn: string;
}

/**
 * Whether a replayed change was published before the cut and is not sent again. Errors: POSITION_MISMATCH when the change
 * with the last published number is another one than then: the numbers cannot be trusted.
 */
export function wasPublished(change: Change, before: PublishedBefore | null): boolean {
  if (before === null || change.eventNumber > before.eventNumber) return false;
  if (change.eventNumber < before.eventNumber) return true;
  const lsn = formatLsn(lsnFromHalves(change.lsnHigh, change.lsnLow));
  if (lsn === before.lsn) return true;
  throw new CdcError(
    'POSITION_MISMATCH',
    `change ${before.eventNumber} was published from ${before.lsn}, now it is at ${lsn}`,
  );
}
