import type { RunningTransaction } from '../postgres/blocking-transactions.ts';
import type { SlotSessions } from './slot-sessions.ts';
import type { SqlSession } from './sql-session.ts';

/** The recorded query: sessions with a transaction id. Without administrator rights a user sees only its own. */
export const LONG_TRANSACTIONS =
  "select a.pid, a.datname, a.usename, a.application_name, a.client_addr, a.state, a.xact_start, extract(epoch from now() - a.xact_start)::bigint as seconds, l.transactionid as xid, left(a.query, 200) as query from pg_stat_activity a join pg_locks l on l.pid = a.pid and l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock' order by a.xact_start";

/** The recorded query, and the age as in the one above: anyone sees them. */
export const PREPARED_TRANSACTIONS =
  'select transaction as xid, gid, prepared, owner, database, extract(epoch from now() - prepared)::bigint as seconds from pg_prepared_xacts order by prepared';

interface SessionRow {
  readonly pid: string;
  readonly usename: string | null;
  readonly application_name: string | null;
  readonly seconds: string | null;
}

interface PreparedRow {
  readonly gid: string;
  readonly owner: string;
  readonly seconds: string | null;
}

/**
 * The transactions for which slot creation waits: those with a transaction id in any database of the instance, prepared
 * ones too. Asked over a replication session, which sees them all; where there is none to be had, as far as the role sees.
 */
export async function listWritingTransactions({ sql, withReplication }: SlotSessions) {
  try {
    return await withReplication(readTransactions);
  } catch {
    return readTransactions(sql);
  }
}

async function readTransactions(client: SqlSession): Promise<readonly RunningTransaction[]> {
  const sessions = (await client.query<SessionRow>(LONG_TRANSACTIONS)).rows;
  const prepared = (await client.query<PreparedRow>(PREPARED_TRANSACTIONS)).rows;
  return [...sessions.map(ofSession), ...prepared.map(ofPrepared)];
}

function ofSession(row: SessionRow): RunningTransaction {
  return {
    pid: Number(row.pid),
    gid: null,
    username: row.usename,
    application: row.application_name,
    ageSeconds: row.seconds === null ? null : Number(row.seconds),
  };
}

function ofPrepared(row: PreparedRow): RunningTransaction {
  const ageSeconds = row.seconds === null ? null : Number(row.seconds);
  return { pid: null, gid: row.gid, username: row.owner, application: null, ageSeconds };
}
