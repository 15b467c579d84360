import type pg from 'pg';
import { quoteLiteral } from './quoting.ts';

/** A transaction that holds back the creation of a slot: a session's, or a prepared one (`gid`, no session). */
export interface RunningTransaction {
  readonly pid: number | null;
  readonly gid: string | null;
  readonly username: string | null;
  readonly application: string | null;
  /** Age in seconds; null where the role may not see it (needs pg_read_all_stats). */
  readonly ageSeconds: number | null;
}

/**
 * Slot creation waits for every transaction that has a transaction id, in any database (replication/logical/snapbuild.c).
 * backend_xid is shown to everyone, the start time only to members of the session's role or of pg_read_all_stats.
 */
const WRITING_TRANSACTIONS = `
SELECT pid, NULL::text AS gid, usename::text AS username, application_name AS application,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS "ageSeconds"
FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
UNION ALL
SELECT NULL, gid, owner::text, NULL, extract(epoch FROM clock_timestamp() - prepared)::float8 FROM pg_prepared_xacts
ORDER BY 5 DESC NULLS LAST`;

export async function listWritingTransactions(client: pg.Client): Promise<readonly RunningTransaction[]> {
  const { rows } = await client.query<RunningTransaction>(WRITING_TRANSACTIONS);
  return rows;
}

/** `pid 12 (app, psql, 300 s)`, or the name of a prepared transaction. */
export function describeTransaction(transaction: RunningTransaction): string {
  const who = transaction.gid === null ? `pid ${transaction.pid}` : `prepared transaction ${transaction.gid}`;
  const age = transaction.ageSeconds === null ? null : `${Math.round(transaction.ageSeconds)} s`;
  const details = [transaction.username, transaction.application, age].filter((part) => part);
  return details.length === 0 ? who : `${who} (${details.join(', ')})`;
}

export function endTransactionSql(transaction: RunningTransaction): string {
  return transaction.gid === null
    ? `SELECT pg_terminate_backend(${transaction.pid});`
    : `ROLLBACK PREPARED ${quoteLiteral(transaction.gid)};`;
}
