import { ServerError } from './server-error.ts';
import { durationMs } from './settings.ts';
import type { Slot } from './slots.ts';
import type { ServerSession, ServerState } from './state.ts';

const POLL_MS = 10;
/** A new slot's record and those around it. */
const SLOT_BYTES = 0x80n;

/**
 * Makes a logical slot at the end of WAL. Waits for transactions that others have open, in every database, up to
 * lockwait_timeout. Errors: 42501, 55000 (wal_level), YY003, and those of `Slots.create`.
 */
export async function createSlot(
  state: ServerState,
  session: ServerSession,
  name: string,
  plugin: string,
): Promise<Slot> {
  checkReplicationRight(state, session);
  checkWalLevel(state);
  await transactionsEnd(state, durationMs(state.settingOf(session, 'lockwait_timeout') ?? '0'));
  const limit = Number(state.setting('max_replication_slots'));
  const slot = state.slots.create(name, plugin, session.database, limit, state.wal.end + SLOT_BYTES, state.wal.lastXid);
  state.wal.grow(SLOT_BYTES);
  return slot;
}

/** Errors: 55000. */
export function checkWalLevel(state: ServerState): void {
  if (state.setting('wal_level') === 'logical') return;
  throw new ServerError('55000', 'logical decoding requires wal_level >= logical', { module: 'LOGICAL_DECODE' });
}

/** Errors: 42501. */
export function checkReplicationRight(
  state: ServerState,
  session: Pick<ServerSession, 'user' | 'isReplication'>,
): void {
  const role = state.role(session.user);
  if (session.isReplication || role?.replication || role?.sysadmin || role?.inReplicationRole) return;
  throw new ServerError(
    '42501',
    'must be system admin or replication role or a member of the gs_role_replication role to use replication slots',
  );
}

async function transactionsEnd(state: ServerState, timeoutMs: number): Promise<void> {
  for (let waitedMs = 0; state.openTransactions.length > 0; waitedMs += POLL_MS) {
    if (waitedMs >= timeoutMs) {
      const { pid, xid, query } = state.openTransactions[0]!;
      const message = `Lock wait timeout: thread 140619645187776 on node og2 waiting for ShareLock on transaction ${xid} after ${timeoutMs}.163 ms`;
      const detail = `blocked by hold lock thread ${pid}, statement <${query}>, hold lockmode ExclusiveLock.`;
      throw new ServerError('YY003', message, { detail });
    }
    await new Promise<void>((resolve) => state.setTimer(resolve, POLL_MS));
  }
}
