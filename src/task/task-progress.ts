import { formatLsn, parseLsn } from '../domain/lsn.ts';
import type { Store, StoredStream, StoredTask } from '../store/store.ts';
import type { SourceSight } from './source-probe.ts';
import type { RunnerStatus } from './stream-runner.ts';
import type { StreamProgress, TaskProgress, TaskSnapshot } from './task-api.ts';

/** Positions and counters of a task: of the running session, else as stored; completed by what the server says. */
export function taskProgress(
  store: Store,
  task: StoredTask,
  live: RunnerStatus | null,
  sight: SourceSight,
): TaskProgress {
  const totals = store.totals(task.id);
  const { published = 0, bytes = 0, skipped = 0 } = live ?? totals ?? {};
  const streams = live ? [live.progress] : storedProgress(store, task);
  const isIdle = live?.phase === 'streaming' && live.heldBytes === 0;
  return {
    state: task.state,
    streams: streams.map((stream) => withSight(stream, sight, isIdle)),
    tables: live?.tables ?? totals?.tables ?? [],
    records: { published, bytes, skipped, deadLettered: 0 },
    since: task.createdAt,
  };
}

function storedProgress(store: Store, task: StoredTask): readonly StreamProgress[] {
  return store.streams(task.id).map(storedPosition);
}

/** What is known of a stream that does not run. */
export function storedPosition(stream: Pick<StoredStream, 'node' | 'slot' | 'checkpoint'>): StreamProgress {
  const lsn = stream.checkpoint?.lsn ?? null;
  return {
    node: stream.node,
    slot: stream.slot,
    receivedLsn: null,
    acknowledgedLsn: lsn,
    confirmedLsn: lsn,
    serverLsn: null,
    lagBytes: null,
    lagMs: null,
    retainedWalBytes: null,
  };
}

/**
 * Adds the server's own numbers. A session that is held up no longer hears how far the server has come, so then the greater
 * lag counts; one that has handled all it received knows better than a position that was asked for a moment ago.
 */
function withSight(stream: StreamProgress, sight: SourceSight, isIdle: boolean): StreamProgress {
  const slot = sight.slots.find((info) => info.slot === stream.slot);
  const retainedWalBytes = slot?.retainedWalBytes ?? stream.retainedWalBytes;
  const { serverLsn } = sight;
  const isKnownBetter = isIdle && stream.lagBytes !== null;
  if (serverLsn === null || isKnownBetter || (stream.serverLsn !== null && parseLsn(stream.serverLsn) >= serverLsn)) {
    return { ...stream, retainedWalBytes };
  }
  const lagBytes = stream.acknowledgedLsn === null ? null : bytesBetween(stream.acknowledgedLsn, serverLsn);
  return { ...stream, retainedWalBytes, serverLsn: formatLsn(serverLsn), lagBytes };
}

function bytesBetween(from: string, to: bigint): number {
  return Math.max(0, Number(to - parseLsn(from)));
}

/** The numbers of a task for metrics; no I/O beyond the store. */
export function taskSnapshot(store: Store, task: StoredTask, live: RunnerStatus | null): TaskSnapshot {
  const totals = live ?? store.totals(task.id);
  const stream = live?.progress ?? storedProgress(store, task)[0];
  return {
    id: task.id,
    name: task.name,
    state: task.state,
    receivedLsn: bytesOf(stream?.receivedLsn),
    acknowledgedLsn: bytesOf(stream?.acknowledgedLsn),
    confirmedLsn: bytesOf(stream?.confirmedLsn),
    serverLsn: bytesOf(stream?.serverLsn),
    lagBytes: stream?.lagBytes ?? 0,
    lagMs: stream?.lagMs ?? 0,
    published: totals?.published ?? 0,
    publishedBytes: totals?.bytes ?? 0,
    skipped: totals?.skipped ?? 0,
    heldBytes: live?.heldBytes ?? 0,
    pausedMs: live?.pausedMs ?? 0,
    retries: task.attempts,
  };
}

function bytesOf(lsn: string | null | undefined): number {
  return lsn === null || lsn === undefined ? 0 : Number(parseLsn(lsn));
}
