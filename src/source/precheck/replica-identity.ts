import type { CheckResult } from '../../domain/task.ts';
import { quoteTable } from '../postgres/quoting.ts';
import { alarm, type CheckSubject, failed, nameList, passed, tableNames } from './check.ts';
import type { IdentityFacts } from './facts.ts';

const USABLE: CheckSubject = { id: 'replica-identity', group: 'objects' };
const OLD_ROWS: CheckSubject = { id: 'old-rows', group: 'objects' };

/**
 * identity | primary key            | verdict
 * FULL     | any                    | PASSED
 * DEFAULT  | immediate              | PASSED, old rows hold the key only (checkOldRows: ALARM)
 * DEFAULT  | none or DEFERRABLE     | FAILED: the *source* would refuse updates and deletes once the table is published;
 *          |                        | openGauss without a publication sends them, but not which row they mean
 * INDEX    | all columns in index   | PASSED, old rows hold the index columns only
 * INDEX    | not all, or index gone | FAILED: the key of a deleted row would be unknown
 * NOTHING  | any                    | FAILED
 */
export function checkReplicaIdentity(tables: readonly IdentityFacts[]): CheckResult {
  const unusable = tables.flatMap((table) => {
    const reason = identityProblem(table);
    return reason === null ? [] : [{ table, reason }];
  });
  if (unusable.length === 0) return passed(USABLE, 'Updates and deletes of all selected tables can be identified.');
  return failed(USABLE, {
    message: `Updates and deletes cannot be identified: ${tableNames(unusable.map((one) => one.table))}.`,
    cause: nameList(unusable.map(({ table, reason }) => `${table.schema}.${table.table}: ${reason}`)),
    cure: 'Run the SQL as the owner of the tables (or give them a primary key), or take them out with objects.exclude.',
    sql: unusable.map(({ table }) => fullIdentitySql(table)),
  });
}

/** Tables that are usable but not FULL: `before` and old values hold only the identity's columns. */
export function checkOldRows(tables: readonly IdentityFacts[]): CheckResult {
  const partial = tables.filter((table) => table.identity !== 'f' && identityProblem(table) === null);
  if (partial.length === 0) return passed(OLD_ROWS, 'The server sends whole old rows for all usable tables.');
  return alarm(OLD_ROWS, {
    message: `Old rows are incomplete: ${tableNames(partial)}.`,
    cause: 'REPLICA IDENTITY is not FULL: of an updated or deleted row the server sends the identity columns only.',
    cure: 'Accept it if consumers need no old values; otherwise run the SQL (the WAL grows by the old rows).',
    sql: partial.map(fullIdentitySql),
  });
}

/** Why updates and deletes of the table cannot be captured; null: they can. */
export function identityProblem(table: IdentityFacts): string | null {
  switch (table.identity) {
    case 'f':
      return null;
    case 'n':
      return 'REPLICA IDENTITY is NOTHING';
    case 'd':
      if (table.primaryKey.length === 0) return 'no primary key, and REPLICA IDENTITY is not FULL';
      return table.keyIsImmediate ? null : 'the primary key is DEFERRABLE, which the server does not take as identity';
    case 'i': {
      if (table.identityIndex.length === 0) return 'the index of REPLICA IDENTITY USING INDEX is gone';
      const missing = table.primaryKey.filter((column) => !table.identityIndex.includes(column));
      return missing.length === 0 ? null : `the identity index lacks primary key column ${missing.join(', ')}`;
    }
  }
}

function fullIdentitySql(table: IdentityFacts): string {
  return `ALTER TABLE ${quoteTable(table)} REPLICA IDENTITY FULL;`;
}
