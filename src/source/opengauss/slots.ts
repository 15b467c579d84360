import { CdcError } from '../../domain/errors.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { quoteLiteral } from '../postgres/quoting.ts';
import type { SlotInfo } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { holderName } from './client.ts';
import type { SlotSessions } from './slot-sessions.ts';
import { literalList, type SqlSession, sqlState } from './sql-session.ts';

/** A slot whose stream just ended may say "already active" well below a second more. */
const RELEASE_POLL_MS = 100;
const RELEASE_MS = 2_000;

/** A row of pg_replication_slots; which columns there are depends on the version. */
interface SlotRow {
  readonly slot_name: string;
  readonly plugin: string | null;
  readonly slot_type: 'logical' | 'physical';
  readonly database: string | null;
  readonly active: boolean;
  readonly restart_lsn: string | null;
  /** Absent before 5.0; empty in slots of GaussDB that count by CSN. */
  readonly confirmed_flush?: string | null;
  readonly retained_bytes: string | null;
}

interface HolderRow {
  readonly pid: string;
  readonly application_name: string;
}

/**
 * All slots of the server, or the one called `slot`. The recorded query `slots` for all columns there are, also on a standby;
 * not recorded in this form.
 */
export function slotsSql(slot: string | null): string {
  return `select s.*, pg_xlog_location_diff(
  case when pg_is_in_recovery() then pg_last_xlog_replay_location() else pg_current_xlog_location() end,
  s.restart_lsn) as retained_bytes
from pg_replication_slots s${slot === null ? '' : ` where s.slot_name = ${quoteLiteral(slot)}`}
order by s.slot_name`;
}

/** The recorded query `slotHolder`. Only administrators see the sessions of the initial user, as which every stream runs. */
export function holdersSql(names: readonly string[]): string {
  return `select pid, application_name from pg_stat_activity where application_name in ${literalList(names)}`;
}

/** Tells the pid of a reader only where it is a session of ours and the role may see it. */
export async function readSlots(client: SqlSession, slot: string | null): Promise<readonly SlotInfo[]> {
  const { rows } = await client.query<SlotRow>(slotsSql(slot));
  const names = rows.filter((row) => row.active).map((row) => holderName(row.slot_name));
  const holders = names.length === 0 ? [] : (await client.query<HolderRow>(holdersSql(names))).rows;
  return rows.map((row) => toSlotInfo(row, holders));
}

function toSlotInfo(row: SlotRow, holders: readonly HolderRow[]): SlotInfo {
  const holder = row.active ? holders.find((one) => one.application_name === holderName(row.slot_name)) : undefined;
  return {
    slot: row.slot_name,
    plugin: row.plugin ?? '',
    slotType: row.slot_type,
    database: row.database,
    active: row.active,
    // 15 digits: below 2^53.
    pid: holder === undefined ? null : Number(holder.pid),
    confirmedLsn: position(row.confirmed_flush),
    restartLsn: position(row.restart_lsn),
    retainedWalBytes: row.retained_bytes === null ? null : Number(row.retained_bytes),
    walStatus: null,
  };
}

function position(text: string | null | undefined): Lsn | null {
  return text === null || text === undefined || text === '' ? null : parseLsn(text);
}

/** The statements that remove a slot by hand. The slot view has no pid: our readers are known by their application name. */
export function dropSlotSql(slot: string, pid: number | null): readonly string[] {
  const holder = `FROM pg_stat_activity WHERE application_name = ${quoteLiteral(holderName(slot))}`;
  const end = pid === null ? `SELECT pg_terminate_backend(pid) ${holder};` : endSessionSql(pid);
  return [end, `${dropCall(slot)};`];
}

export function endSessionSql(pid: number): string {
  return `SELECT pg_terminate_backend(${pid});`;
}

/** Drops a slot; false: there was none. Takes slots of any database, as pg_replication_slots shows them all. */
export function dropCall(slot: string): string {
  return `SELECT pg_drop_replication_slot(${quoteLiteral(slot)})`;
}

/** Drops the slot; false when there is none. Errors: SLOT_IN_USE, SLOT_DROP_FAILED, both with the SQL; connection errors. */
export async function dropSlot({ sql, wait }: SlotSessions, slot: string): Promise<boolean> {
  for (let waited = 0; ; waited += RELEASE_POLL_MS) {
    try {
      await sql.query(dropCall(slot));
      return true;
    } catch (error) {
      if (sqlState(error) === '42704') return false;
      if (sqlState(error) !== '55006' || waited >= RELEASE_MS) throw dropError(slot, error);
    }
    await wait(RELEASE_POLL_MS);
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
