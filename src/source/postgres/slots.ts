import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { CdcError } from '../../domain/errors.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import type { SlotInfo } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { describeTransaction, endTransactionSql, listWritingTransactions } from './blocking-transactions.ts';
import { quoteLiteral } from './quoting.ts';

/** Below the client's own limit per statement, so that the server cancels first and the session stays usable. */
const CREATE_TIMEOUT_MS = 45_000;
const HOLDER_POLL_MS = 50;

interface SlotRow {
  readonly slot: string;
  readonly plugin: string | null;
  readonly slot_type: 'logical' | 'physical';
  readonly database: string | null;
  readonly active: boolean;
  readonly pid: number | null;
  readonly confirmed: string | null;
  readonly restart: string | null;
  readonly retained: string | null;
  readonly wal_status: string | null;
}

// to_jsonb: wal_status exists from version 13 on.
const SLOTS = `
SELECT s.slot_name::text AS slot, s.plugin::text AS plugin, s.slot_type, s.database::text AS database, s.active,
       s.active_pid AS pid, s.confirmed_flush_lsn::text AS confirmed, s.restart_lsn::text AS restart,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       s.restart_lsn)::text AS retained,
       to_jsonb(s) ->> 'wal_status' AS wal_status
FROM pg_replication_slots s
WHERE $1::text IS NULL OR s.slot_name = $1
ORDER BY s.slot_name`;

/** All slots of the server, or the one called `slot`. */
export async function readSlots(client: pg.Client, slot: string | null): Promise<readonly SlotInfo[]> {
  const { rows } = await client.query<SlotRow>(SLOTS, [slot]);
  return rows.map(toSlotInfo);
}

function toSlotInfo(row: SlotRow): SlotInfo {
  return {
    slot: row.slot,
    plugin: row.plugin ?? '',
    slotType: row.slot_type,
    database: row.database,
    active: row.active,
    pid: row.pid,
    confirmedLsn: row.confirmed === null ? null : parseLsn(row.confirmed),
    restartLsn: row.restart === null ? null : parseLsn(row.restart),
    retainedWalBytes: row.retained === null ? null : Number(row.retained),
    walStatus: row.wal_status,
  };
}

/**
 * Creates a logical slot; returns its consistent point. Waits for running transactions, at most
 * CREATE_TIMEOUT_MS. Errors: SLOT_EXISTS, SLOT_LIMIT, SLOT_BLOCKED (with those that block it), SOURCE_PERMISSION.
 */
export async function createSlot(
  client: pg.Client,
  slot: string,
  plugin: string,
  timeoutMs = CREATE_TIMEOUT_MS,
): Promise<Lsn> {
  // The wait for a transaction is a lock wait, which the session's lock_timeout would end earlier.
  await client.query(`SET lock_timeout = 0; SET statement_timeout = ${timeoutMs}`);
  try {
    const sql = 'SELECT lsn::text AS lsn FROM pg_create_logical_replication_slot($1, $2)';
    const { rows } = await client.query<{ lsn: string }>(sql, [slot, plugin]);
    return parseLsn(rows[0]!.lsn);
  } catch (error) {
    if (sqlState(error) === '57014') throw await blockedError(client, slot, error);
    throw toSourceError(error, 'pg_create_logical_replication_slot');
  } finally {
    await client.query('RESET lock_timeout; RESET statement_timeout').catch(() => undefined);
  }
}

async function blockedError(client: pg.Client, slot: string, cause: unknown): Promise<CdcError> {
  await client.query('RESET statement_timeout');
  const blockers = await listWritingTransactions(client);
  const names = blockers.map(describeTransaction).join('; ') || 'none is left by now';
  return new CdcError('SLOT_BLOCKED', `slot ${slot} could not be created while transactions were running: ${names}`, {
    cause,
    data: { pids: blockers.map((blocker) => blocker.pid) },
    sql: blockers.map(endTransactionSql),
  });
}

/** Ends the session that reads the slot; see SlotAdmin. Errors: SOURCE_PERMISSION with the SQL to run by hand. */
export async function terminateHolder(client: pg.Client, slot: string, timeoutMs: number): Promise<number | null> {
  let first: number | null = null;
  let last: number | null = null;
  for (let waited = 0; ; waited += HOLDER_POLL_MS) {
    const pid = (await readSlots(client, slot))[0]?.pid ?? null;
    if (pid === null) return first;
    // A client that reconnects shows up under a new pid and is ended too.
    if (pid !== last) await terminate(client, pid);
    last = pid;
    first ??= pid;
    if (waited >= timeoutMs) return first;
    await delay(HOLDER_POLL_MS);
  }
}

async function terminate(client: pg.Client, pid: number): Promise<void> {
  try {
    await client.query('SELECT pg_terminate_backend($1)', [pid]);
  } catch (error) {
    const classified = toSourceError(error, `ending session ${pid}`);
    if (classified.code !== 'SOURCE_PERMISSION') throw classified;
    throw new CdcError('SOURCE_PERMISSION', classified.message, {
      cause: error,
      hint: 'Run the SQL shown as a role that may end the session (the same role, a member of pg_signal_backend, a superuser).',
      sql: [`SELECT pg_terminate_backend(${pid});`],
    });
  }
}

/** Drops the slot; false when there is none. Errors: SLOT_IN_USE, SLOT_DROP_FAILED, both with the SQL; connection errors. */
export async function dropSlot(client: pg.Client, slot: string): Promise<boolean> {
  try {
    await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
    return true;
  } catch (error) {
    if (sqlState(error) === '42704') return false;
    throw dropError(slot, error);
  }
}

function dropError(slot: string, cause: unknown): CdcError {
  const classified = toSourceError(cause, `dropping slot ${slot}`);
  if (classified.code === 'SOURCE_CONNECTION_LOST' || classified.code === 'SOURCE_UNREACHABLE') return classified;
  const { data, message } = classified;
  const sql = dropSlotSql(slot, null);
  if (classified.code === 'SLOT_IN_USE') return new CdcError('SLOT_IN_USE', message, { cause, data, sql });
  return new CdcError('SLOT_DROP_FAILED', message, { cause, data, sql: sql.slice(-1) });
}

/** The statements that remove a slot by hand; see SourceDriver. */
export function dropSlotSql(slot: string, pid: number | null): readonly string[] {
  const name = quoteLiteral(slot);
  const end =
    pid === null
      ? `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = ${name} AND active;`
      : `SELECT pg_terminate_backend(${pid});`;
  return [end, `SELECT pg_drop_replication_slot(${name});`];
}

function sqlState(error: unknown): unknown {
  return error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
}
