import { CdcError } from '../domain/errors.ts';
import { formatLsn, type Lsn } from '../domain/lsn.ts';
import type { Relation } from '../domain/relation.ts';
import type { NewEvent } from '../store/store.ts';

/**
 * What a TRUNCATE of captured tables does: `ignore` records it in the task's log, `error` stops the task before it.
 * The function returned answers how many event numbers it takes: one per captured table (contract).
 */
export function truncatePolicy(
  policy: 'ignore' | 'error' | 'emit',
  matches: (schema: string, table: string) => boolean,
  event: (event: NewEvent) => void,
): (relations: readonly Relation[], lsn: Lsn) => number {
  return (relations, lsn) => {
    const tables = relations
      .filter(({ schema, table }) => matches(schema, table))
      .map(({ schema, table }) => `${schema}.${table}`);
    if (tables.length === 0) return 0;
    const data = { tables, lsn: formatLsn(lsn) };
    if (policy === 'error') throw new CdcError('TRUNCATE_SEEN', `TRUNCATE of ${tables.join(', ')}`, { data });
    event({
      level: 'warn',
      code: 'TRUNCATE_IGNORED',
      message: `TRUNCATE of ${tables.join(', ')} was not published (truncate: ignore)`,
      data,
      actor: 'system',
    });
    return tables.length;
  };
}
