import { quoteLiteral } from '../postgres/quoting.ts';
import type { SlotInfo } from '../source.ts';
import { holderName } from './client.ts';
import type { SqlSession } from './sql-session.ts';

/** A session that may be the one that reads a slot. */
export interface ReaderSession {
  readonly pid: number;
  readonly application: string;
  /** Address and port of its client; null: a local socket. */
  readonly client: string | null;
  /** Streams, as far as that shows: a session of the initial user from outside that is active without a statement. */
  readonly isWalsender: boolean;
  /** Runs one of the SQL functions that make or read slots, with this slot's name in the statement. */
  readonly namesSlot: boolean;
}

/** Who reads a slot, by what the server shows. `unclear`: one of these, or nobody that could be told. */
export type Readers =
  | { readonly kind: 'named'; readonly sessions: readonly ReaderSession[] }
  | { readonly kind: 'only'; readonly session: ReaderSession }
  | { readonly kind: 'unclear'; readonly candidates: readonly ReaderSession[] };

interface SessionRow {
  readonly pid: string;
  readonly application_name: string | null;
  readonly client_addr: string | null;
  readonly client_port: number | null;
  readonly is_walsender: boolean | null;
  readonly names_slot: boolean | null;
}

/** Sessions of this program: `gausscast`, `gausscast:<slot>`, `gausscast admin`. */
const OWN_NAME = /^gausscast($|[: ])/;

/**
 * Sessions of the slot's database, besides our own. Only over a replication session: it runs as the initial user, like every
 * stream, and sees all. Statements are looked at by the server and never fetched: they may hold data. Their length is asked
 * because nothing equals '' in compatibility mode A. Built on the recorded query `slotHolder`; not recorded in this form.
 */
export function readerSessionsSql({ slot, database }: Pick<SlotInfo, 'slot' | 'database'>): string {
  const named = `position(${quoteLiteral(`'${slot}'`)} in a.query) > 0`;
  return `select a.pid, a.application_name, a.client_addr, a.client_port,
  a.usename = current_user and a.state = 'active' and coalesce(length(a.query), 0) = 0 and a.client_port is not null
    as is_walsender,
  a.state = 'active' and a.query ~* 'pg_(logical_slot_|create_logical_replication_slot)' and ${named} as names_slot
from pg_stat_activity a
where a.pid <> pg_backend_pid()
  and (a.application_name = ${quoteLiteral(holderName(slot))} or a.datname = ${quoteLiteral(database ?? '')})
order by a.pid`;
}

export async function readReaderSessions(client: SqlSession, slot: SlotInfo): Promise<readonly ReaderSession[]> {
  const { rows } = await client.query<SessionRow>(readerSessionsSql(slot));
  return rows.map((row) => ({
    pid: Number(row.pid),
    application: row.application_name ?? '',
    client: row.client_addr === null ? null : `${row.client_addr}:${row.client_port}`,
    isWalsender: row.is_walsender === true,
    namesSlot: row.names_slot === true,
  }));
}

/**
 * Tells who reads an active slot. openGauss links no session to a slot, so:
 *
 * | sessions shown                                         | verdict                                                 |
 * |--------------------------------------------------------|---------------------------------------------------------|
 * | some named after the slot (`gausscast:<slot>`)         | those: the server gives the name to nobody else         |
 * | one foreign candidate, and no other slot's reader is   | that one: it reads something, and this slot is all that |
 * | unknown                                                | it can read                                             |
 * | otherwise                                              | unclear: ending a session on a guess could cut a stream |
 * |                                                        | of someone else                                         |
 *
 * Candidates are foreign walsenders of the database and sessions whose running statement names the slot.
 */
export function readersOf(slot: SlotInfo, slots: readonly SlotInfo[], sessions: readonly ReaderSession[]): Readers {
  const named = sessions.filter((one) => one.application === holderName(slot.slot));
  if (named.length > 0) return { kind: 'named', sessions: named };
  const candidates = sessions.filter((one) => one.namesSlot || (one.isWalsender && !OWN_NAME.test(one.application)));
  const unexplained = slots.filter((one) => isUnexplained(one, slot.database, sessions));
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1 && unexplained.length === 1) return { kind: 'only', session: only };
  return { kind: 'unclear', candidates };
}

/** Whether an active slot of the database is read by a session that is not named after it. */
function isUnexplained(slot: SlotInfo, database: string | null, sessions: readonly ReaderSession[]): boolean {
  if (!slot.active || slot.slotType !== 'logical' || slot.database !== database) return false;
  return !sessions.some((one) => one.application === holderName(slot.slot));
}
