import type { SqlSession } from './sql-session.ts';

/** What slot administration works with. */
export interface SlotSessions {
  /** The session of the configured user. */
  readonly sql: SqlSession;
  /** Runs something over a replication session, which sees all sessions; opened only when it is needed. */
  readonly withReplication: <T>(use: (client: SqlSession) => Promise<T>) => Promise<T>;
  readonly wait: (ms: number) => Promise<unknown>;
}
