import type { CheckResult } from '../../domain/task.ts';
import type { SelectedObjects, SourceTable } from '../source.ts';
import { type CheckSubject, failed, nameList, passed } from './check.ts';
import { nearNames } from './near-names.ts';

const SUBJECT: CheckSubject = { id: 'objects-exist', group: 'objects' };

/** Every include pattern matches a table, and something is left after the excludes. */
export function checkObjectsExist(selected: SelectedObjects<SourceTable>, all: readonly SourceTable[]): CheckResult {
  if (selected.unmatched.length > 0) {
    return failed(SUBJECT, {
      message: `No table matches ${nameList(selected.unmatched)}.`,
      cause: suggestions(selected.unmatched, all),
      cure: 'Correct objects.include (unquoted names are lower case, "Quoted" ones are taken as they are), or create the tables.',
    });
  }
  if (selected.tables.length === 0) {
    return failed(SUBJECT, {
      message: 'No table is selected.',
      cause: `The database holds ${all.length} tables, objects.exclude takes away all that objects.include matches.`,
      cure: 'Correct objects.include and objects.exclude.',
    });
  }
  return passed(SUBJECT, `${selected.tables.length} of ${all.length} tables are selected.`);
}

function suggestions(patterns: readonly string[], all: readonly SourceTable[]): string {
  if (all.length === 0) return 'The database holds no table.';
  const near = [...new Set(patterns.flatMap((pattern) => nearNames(pattern, all)))];
  return near.length > 0
    ? `Did you mean ${nameList(near)}?`
    : `The database holds ${all.length} tables of other names.`;
}
