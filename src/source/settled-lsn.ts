import { setTimeout as delay } from 'node:timers/promises';
import type { Lsn } from '../domain/lsn.ts';

const FLUSH_POLL_MS = 20;

export interface WalPositions {
  readonly inserted: Lsn;
  /** What the decoder may read. */
  readonly flushed: Lsn;
  /** Longest time until the WAL writer has flushed an asynchronous commit. */
  readonly settleMs: number;
}

/**
 * A flushed position behind everything committed before the call. Commits under synchronous_commit=off are in the WAL
 * buffers only, so the insert position is awaited; what the WAL writer leaves unflushed after its rounds is no commit
 * (hint bits, an open transaction) and may stay there for long: then the flushed position is the answer.
 */
export async function settledLsn(read: () => Promise<WalPositions>): Promise<Lsn> {
  const first = await read();
  let { flushed } = first;
  for (let waited = 0; flushed < first.inserted && waited < first.settleMs; waited += FLUSH_POLL_MS) {
    await delay(FLUSH_POLL_MS);
    ({ flushed } = await read());
  }
  if (flushed < first.inserted) return flushed;
  return first.inserted;
}
