import type { TableName } from '../../domain/decoding.ts';
import type { CheckResult } from '../../domain/task.ts';
import { isListable } from '../opengauss/decoding.ts';
import { type CheckSubject, failed, passed, tableNames } from './check.ts';

const SUBJECT: CheckSubject = { id: 'table-names', group: 'objects' };

/**
 * Names that the server's filter (white-table-list) cannot hold: their rows are picked by the service instead. Style text
 * writes schema and table without quotes, so a name with a blank could be read in two ways.
 */
export function checkTableNames(tables: readonly TableName[], style: 'binary' | 'json' | 'text'): CheckResult {
  const ambiguous = tables.filter((one) => /\s/.test(`${one.schema}${one.table}`));
  if (style === 'text' && ambiguous.length > 0) {
    return failed(SUBJECT, {
      message: `Style text cannot tell these tables: ${tableNames(ambiguous)}.`,
      cause: 'It writes schema and table without quotes, and a blank may be part of a name.',
      cure: 'Set source.decoding.style to binary or json, or take the tables out with objects.exclude.',
    });
  }
  const unlistable = tables.filter((one) => !(isListable(one.schema) && isListable(one.table)));
  if (unlistable.length === 0) return passed(SUBJECT, 'The server filters by the names of all selected tables.');
  return passed(
    SUBJECT,
    `The server cannot filter by these names, so it sends more tables and the service filters: ${tableNames(unlistable)}.`,
  );
}
