import type { CheckResult } from '../../domain/task.ts';
import { describeTransaction, endTransactionSql, type RunningTransaction } from '../postgres/blocking-transactions.ts';
import { alarm, type CheckSubject, nameList, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'long-transactions', group: 'source' };
const LONG_SECONDS = 300;

/** Writing transactions open for five minutes or more: the slot cannot be created before they end. */
export function checkLongTransactions(transactions: readonly RunningTransaction[]): CheckResult {
  const long = transactions.filter(isLong);
  if (long.length === 0) return passed(SUBJECT, 'No writing transaction is open for five minutes or more.');
  return alarm(SUBJECT, {
    message: `Long transactions are open: ${nameList(long.map(describeTransaction))}.`,
    cause: 'The slot is created only when every writing transaction that runs by then has ended, in any database.',
    cure: 'Let them end, or end them with the SQL (their work is rolled back).',
    sql: long.map(endTransactionSql),
  });
}

/** Of unknown age: a session may be busy for a moment only, a prepared transaction waits for somebody outside. */
function isLong({ ageSeconds, gid }: RunningTransaction): boolean {
  return ageSeconds === null ? gid !== null : ageSeconds >= LONG_SECONDS;
}
