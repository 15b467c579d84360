import type { CheckResult } from '../../domain/task.ts';
import { isListable } from '../opengauss/decoding.ts';
import { type CheckSubject, passed, tableNames } from './check.ts';

const SUBJECT: CheckSubject = { id: 'table-names', group: 'objects' };

/** Names that the server's filter (white-table-list) cannot hold; their rows are picked by the service instead. */
export function checkTableNames(tables: readonly { readonly schema: string; readonly table: string }[]): CheckResult {
  const unlistable = tables.filter((one) => !(isListable(one.schema) && isListable(one.table)));
  if (unlistable.length === 0) return passed(SUBJECT, 'The server filters by the names of all selected tables.');
  return passed(
    SUBJECT,
    `The server cannot filter by these names, so it sends more tables and the service filters: ${tableNames(unlistable)}.`,
  );
}
