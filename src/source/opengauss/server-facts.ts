import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import type { WalPositions } from '../settled-lsn.ts';
import type { SqlSession } from './sql-session.ts';

/** The recorded query `server`. */
export const SERVER =
  "select version() as version, current_setting('server_version') as server_version, current_database() as database, d.datcompatibility as compatibility, pg_encoding_to_char(d.encoding) as encoding, pg_is_in_recovery() as in_recovery from pg_database d where d.datname = current_database()";

/** The recorded query `serverKind`: which of these functions exist. */
export const SERVER_KIND =
  "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'pg_catalog' and p.proname in ('opengauss_version','gs_deployment','working_version_num','pg_current_wal_lsn','pg_current_xlog_location') order by 1";

export const WORKING_VERSION = 'select working_version_num() as working_version_num';

/** On a standby its own position: what it has received. The functions of the other branch would fail there. */
const STANDBY_LOCATION = 'coalesce(pg_last_xlog_receive_location(), pg_last_xlog_replay_location())';

/**
 * The recorded query `walPosition`, also for standbys; not recorded in this form. `settle_ms`: the WAL writer writes an
 * asynchronous commit after at most three rounds (PostgreSQL docs, wal_writer_delay).
 */
export const WAL_POSITIONS = `select
  case when pg_is_in_recovery() then ${STANDBY_LOCATION} else pg_current_xlog_location() end as written,
  case when pg_is_in_recovery() then ${STANDBY_LOCATION} else pg_current_xlog_insert_location() end as inserted,
  (select 3 * setting::int + 100 from pg_settings where name = 'wal_writer_delay') as settle_ms`;

/** What a replication session answers to IDENTIFY_SYSTEM; ordinary sessions have no statement for it. */
export const IDENTIFY_SYSTEM = 'IDENTIFY_SYSTEM';

export interface OpenGaussServer {
  /** `version()`. */
  readonly version: string;
  /** working_version_num(); 0 where the server has no such function. */
  readonly versionNumber: number;
  readonly database: string;
}

interface PositionRow {
  readonly written: string;
  readonly inserted: string;
  readonly settle_ms: number | null;
}

/** Each upgrade step of a server has its own working version number. */
export async function readServer(client: SqlSession): Promise<OpenGaussServer> {
  const server = (await client.query<{ version: string; database: string }>(SERVER)).rows[0]!;
  const functions = (await client.query<{ proname: string }>(SERVER_KIND)).rows.map((row) => row.proname);
  const { version, database } = server;
  if (!functions.includes('working_version_num')) return { version, database, versionNumber: 0 };
  const { rows } = await client.query<{ working_version_num: number }>(WORKING_VERSION);
  return { version, database, versionNumber: rows[0]!.working_version_num };
}

/** Insert and written position; the decoder reads what is written. */
export async function readWalPositions(client: SqlSession): Promise<WalPositions> {
  const row = (await client.query<PositionRow>(WAL_POSITIONS)).rows[0]!;
  return { inserted: parseLsn(row.inserted), flushed: parseLsn(row.written), settleMs: row.settle_ms ?? 0 };
}

/** The end of the written WAL. */
export async function readCurrentLsn(client: SqlSession): Promise<Lsn> {
  return (await readWalPositions(client)).flushed;
}

/** Identifies the cluster: 64 bit, unsigned, as text. Over a replication session. */
export async function readSystemId(replication: SqlSession): Promise<string> {
  const { rows } = await replication.query<{ systemid: string }>(IDENTIFY_SYSTEM);
  return rows[0]!.systemid;
}
