import { CdcError } from '../../domain/errors.ts';
import { type ReaderSession, type Readers, readersOf, readReaderSessions } from './slot-readers.ts';
import type { SlotSessions } from './slot-sessions.ts';
import { dropSlotSql, endSessionSql, readSlots } from './slots.ts';
import type { SqlSession } from './sql-session.ts';

const HOLDER_POLL_MS = 50;
/**
 * A slot stays active a moment longer than the session that read it (well under 1 s). A session that is not
 * named after the slot is taken for its reader only when nothing has changed for this long.
 */
const STEADY_MS = 1_000;

interface Ending {
  readonly sessions: SlotSessions;
  readonly client: SqlSession;
  readonly slot: string;
  readonly timeoutMs: number;
}

/**
 * Ends the session that reads the slot; returns its pid, null when none did or none could be told in time. Waits until the
 * slot is free or `timeoutMs` passed. Errors: SLOT_IN_USE, naming the candidates with the SQL, where it is unclear who reads
 * the slot: then nobody is ended; errors of the replication session.
 */
export async function terminateHolder(sessions: SlotSessions, slot: string, timeoutMs: number): Promise<number | null> {
  const [found] = await readSlots(sessions.sql, slot);
  if (!found?.active) return null;
  return sessions.withReplication((client) => endReaders({ sessions, client, slot, timeoutMs }));
}

async function endReaders({ sessions, client, slot, timeoutMs }: Ending): Promise<number | null> {
  const ended: number[] = [];
  let picture = '';
  let steadySince = 0;
  for (let waited = 0; ; waited += HOLDER_POLL_MS) {
    const readers = await look(client, slot);
    if (readers === null) break;
    const seen = JSON.stringify(readers);
    if (seen !== picture) steadySince = waited;
    picture = seen;
    for (const { pid } of toEnd(readers, slot, waited - steadySince >= STEADY_MS)) {
      // A client that reconnects shows up under a new pid and is ended too.
      if (ended.includes(pid)) continue;
      await client.query(endSessionSql(pid));
      ended.push(pid);
    }
    if (waited >= timeoutMs) break;
    await sessions.wait(HOLDER_POLL_MS);
  }
  return ended[0] ?? null;
}

/** Null: the slot is free or gone. */
async function look(client: SqlSession, name: string): Promise<Readers | null> {
  const slots = await readSlots(client, null);
  const slot = slots.find((one) => one.slot === name);
  if (!slot?.active) return null;
  return readersOf(slot, slots, await readReaderSessions(client, slot));
}

function toEnd(readers: Readers, slot: string, isSteady: boolean): readonly ReaderSession[] {
  if (readers.kind === 'named') return readers.sessions;
  if (!isSteady) return [];
  if (readers.kind === 'only') return [readers.session];
  // With no candidate at all the slot may become free yet.
  if (readers.candidates.length > 0) throw unclear(slot, readers.candidates);
  return [];
}

function unclear(slot: string, candidates: readonly ReaderSession[]): CdcError {
  const list = candidates.map(describe).join('; ');
  return new CdcError('SLOT_IN_USE', `it is unclear which of these sessions reads slot ${slot}: ${list}`, {
    data: { pids: candidates.map((one) => one.pid) },
    hint: 'The server does not tell who reads a slot. End the right session with its line of the SQL, then drop the slot.',
    sql: [...candidates.map((one) => endSessionSql(one.pid)), ...dropSlotSql(slot, null).slice(-1)],
  });
}

function describe({ pid, application, client }: ReaderSession): string {
  return `pid ${pid} (${[application || 'no name', client ?? 'local'].join(', ')})`;
}
