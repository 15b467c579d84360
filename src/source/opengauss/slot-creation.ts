import { CdcError } from '../../domain/errors.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { describeTransaction, endTransactionSql } from '../postgres/blocking-transactions.ts';
import { quoteLiteral } from '../postgres/quoting.ts';
import { toSourceError } from '../source-errors.ts';
import { listWritingTransactions } from './blocking-transactions.ts';
import type { SlotSessions } from './slot-sessions.ts';
import { dropSlot, readSlots } from './slots.ts';
import { sqlState } from './sql-session.ts';

/** Below the client's own limit per statement, so that the server cancels first and the session stays usable. */
const CREATE_TIMEOUT_MS = 45_000;
/** A half-made slot is gone 0.2 s after its creation was cancelled. */
const UNDO_POLL_MS = 50;
const UNDO_MS = 2_000;

/** statement_timeout; lockwait_timeout, where role or database set a shorter one. */
const WAITED_TOO_LONG: ReadonlySet<unknown> = new Set(['57014', 'YY003']);

export function createSlotSql(slot: string, plugin: string): string {
  return `select * from pg_create_logical_replication_slot(${quoteLiteral(slot)}, ${quoteLiteral(plugin)})`;
}

/**
 * Creates a logical slot; returns its consistent point. Waits for running transactions of the whole instance, at most
 * `timeoutMs`. By the SQL function: the replication command cannot be bounded by statement_timeout. Errors: SLOT_EXISTS,
 * SLOT_LIMIT, SLOT_BLOCKED (with those that block it; no slot is left), SLOT_DROP_FAILED (one is left), SOURCE_PERMISSION.
 */
export async function createSlot(
  sessions: SlotSessions,
  slot: string,
  plugin: string,
  timeoutMs = CREATE_TIMEOUT_MS,
): Promise<Lsn> {
  const { sql } = sessions;
  await sql.query(`set statement_timeout = ${timeoutMs}`);
  try {
    const { rows } = await sql.query<Record<string, string>>(createSlotSql(slot, plugin));
    // Slot name and position; what the columns are called depends on the version.
    return parseLsn(Object.values(rows[0]!)[1]!);
  } catch (error) {
    if (WAITED_TOO_LONG.has(sqlState(error))) throw await blockedError(sessions, slot, error);
    throw toSourceError(error, 'pg_create_logical_replication_slot');
  } finally {
    await sql.query('reset statement_timeout').catch(() => undefined);
  }
}

async function blockedError(sessions: SlotSessions, slot: string, cause: unknown): Promise<CdcError> {
  const blockers = await listWritingTransactions(sessions);
  await undo(sessions, slot);
  const names = blockers.map(describeTransaction).join('; ') || 'none is left by now';
  return new CdcError('SLOT_BLOCKED', `slot ${slot} could not be created while transactions were running: ${names}`, {
    cause,
    data: { pids: blockers.map((blocker) => blocker.pid) },
    sql: blockers.map(endTransactionSql),
  });
}

/** The name was free before: what is still there after a while was finished just before the cancellation. */
async function undo(sessions: SlotSessions, slot: string): Promise<void> {
  for (let waited = 0; waited < UNDO_MS; waited += UNDO_POLL_MS) {
    if ((await readSlots(sessions.sql, slot)).length === 0) return;
    await sessions.wait(UNDO_POLL_MS);
  }
  await dropSlot(sessions, slot);
}
