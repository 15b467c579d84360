import type { SqlSession } from './sql-session.ts';

/** What a stream must know of the server before it starts. */
export interface StreamFacts {
  /** The server drops a stream whose client says nothing for so long; 0: never. */
  readonly senderTimeoutMs: number;
  /** First number of an openGauss version; null: not told, as by GaussDB. */
  readonly major: number | null;
}

/** `logical_sender_timeout` came with 3.1; before, logical streams go by the physical one (reference §2.5). */
export const SENDER_TIMEOUTS =
  "select version() as version, name, setting from pg_settings where name in ('logical_sender_timeout', 'wal_sender_timeout') order by name";

const VERSION = /openGauss(?:-lite)?\s+(\d+)\.\d+/i;
const DEFAULT_TIMEOUT_MS = 6000;

interface TimeoutRow {
  readonly version: string;
  readonly name: string;
  /** Milliseconds: both settings have that unit. */
  readonly setting: string;
}

/** Read over SQL: walsenders before 3.1 know no SHOW, and an error ends their session. */
export async function readStreamFacts(session: SqlSession): Promise<StreamFacts> {
  const { rows } = await session.query<TimeoutRow>(SENDER_TIMEOUTS);
  const major = VERSION.exec(rows[0]?.version ?? '')?.[1];
  return {
    senderTimeoutMs: rows[0] === undefined ? DEFAULT_TIMEOUT_MS : Number(rows[0].setting),
    major: major === undefined ? null : Number(major),
  };
}
