import type { SourceEndpoint } from '../domain/endpoints.ts';
import { asCdcError } from '../domain/errors.ts';
import type { SlotAdmin, SourceDriver } from '../source/source.ts';
import type { NewEvent, StopOptions, Store, StoredStream } from '../store/store.ts';
import { parseGeneratedName } from './names.ts';
import { CleanupBook, removeSlot, type SlotRemoval, withAdmin } from './slot-cleanup.ts';
import type { CleanupResult } from './task-api.ts';
import { SYSTEM } from './transition.ts';

export interface Release {
  readonly store: Store;
  readonly taskId: string;
  readonly driver: SourceDriver;
  readonly endpoint: SourceEndpoint;
  readonly stop: Pick<StopOptions, 'force' | 'dropSlot' | 'dropAsked'>;
}

const NOTHING_DONE: SlotRemoval = { dropped: false, terminatedPid: null, remaining: null };

/** Longest wait for the session that holds a slot to end. */
const HOLDER_TIMEOUT_MS = 8000;

/**
 * Frees what a task holds in its source. By stream:
 *  - its own slot is dropped, with the session that reads it and its own publication, unless the stop keeps it;
 *  - a slot it did not create stays, unless the request itself asked to drop it;
 *  - a forced stop ends the reading session in either case.
 * What is gone is no longer recorded as the task's own. Never throws: what is in the way is told in `remainingSlots`.
 */
export async function releaseStreams(release: Release): Promise<CleanupResult> {
  const { store, taskId, driver, endpoint, stop } = release;
  const streams = store
    .streams(taskId)
    .filter((stream) => stop.force || mayDrop(stream, stop) || hasLeftPublication(stream, stop));
  const book = new CleanupBook();
  if (streams.length === 0) return book.result();
  try {
    await withAdmin(driver, endpoint, async (admin) => {
      for (const stream of streams) await releaseStream(release, admin, stream, book);
    });
    return book.result();
  } catch (error) {
    return leftOver(driver, store.streams(taskId), stop, asCdcError(error).message);
  }
}

/** The answer when nothing could be done: the slots that should have gone, why they stay and the SQL for each. */
export function leftOver(
  driver: Pick<SourceDriver, 'dropSlotSql'>,
  streams: readonly StoredStream[],
  stop: Release['stop'],
  reason: string,
): CleanupResult {
  const remaining = streams
    .filter((stream) => mayDrop(stream, stop))
    .map(({ node, slot }) => ({ node, slot, reason, sql: driver.dropSlotSql(slot, null) }));
  return { terminatedSessions: [], droppedSlots: [], remainingSlots: remaining };
}

/** Entries for the task's log about what was found and done. */
export function releaseEvents(result: CleanupResult): readonly NewEvent[] {
  const { terminatedSessions, droppedSlots, remainingSlots } = result;
  const event = (level: NewEvent['level'], code: string, message: string, data: object): NewEvent => {
    return { level, code, message, data: { ...data }, actor: SYSTEM };
  };
  return [
    ...terminatedSessions.map((it) => event('warn', 'SESSION_TERMINATED', `session ${it.pid} was ended`, it)),
    ...droppedSlots.map((it) => event('info', 'SLOT_DROPPED', `slot ${it.slot} was dropped`, it)),
    ...remainingSlots.map((it) => event('error', 'SLOT_LEFT', `slot ${it.slot} remains: ${it.reason}`, it)),
  ];
}

function mayDrop(stream: StoredStream, stop: Release['stop']): boolean {
  return stop.dropSlot && (stream.slotOwned || stop.dropAsked === true);
}

function hasLeftPublication(stream: StoredStream, stop: Release['stop']): boolean {
  return stop.dropSlot && stream.publicationOwned;
}

async function releaseStream(
  release: Release,
  admin: SlotAdmin,
  stream: StoredStream,
  book: CleanupBook,
): Promise<void> {
  const removal = await freeSlot(release, admin, stream).catch((error: unknown) =>
    remainsBecause(release, stream, error),
  );
  const isPublicationDue = removal.remaining === null && hasLeftPublication(stream, release.stop);
  const left = isPublicationDue ? await freePublication(release, admin, stream) : null;
  book.add(stream.node, stream.slot, { ...removal, remaining: removal.remaining ?? left });
}

async function freeSlot(release: Release, admin: SlotAdmin, stream: StoredStream): Promise<SlotRemoval> {
  const { slot } = stream;
  const isDue = mayDrop(stream, release.stop);
  const doubt = isDue || release.stop.force ? await doubtAbout(release, admin, stream) : null;
  if (doubt !== null) {
    return {
      ...NOTHING_DONE,
      remaining: isDue ? { reason: doubt, sql: release.driver.dropSlotSql(slot, null) } : null,
    };
  }
  if (isDue) {
    const removal = await removeSlot(admin, slot, {
      terminate: true,
      timeoutMs: HOLDER_TIMEOUT_MS,
      dropSlotSql: release.driver.dropSlotSql,
    });
    if (removal.remaining === null) record(release, stream, { slotOwned: false });
    return removal;
  }
  if (!release.stop.force) return NOTHING_DONE;
  return { ...NOTHING_DONE, terminatedPid: await admin.terminateHolder(slot, HOLDER_TIMEOUT_MS) };
}

function remainsBecause({ driver }: Release, { slot }: StoredStream, error: unknown): SlotRemoval {
  const { message, sql } = asCdcError(error);
  return {
    ...NOTHING_DONE,
    remaining: { reason: message, sql: sql.length > 0 ? sql : driver.dropSlotSql(slot, null) },
  };
}

/** Drops the task's own publication; what is in the way where that fails. */
async function freePublication(
  release: Release,
  admin: SlotAdmin,
  stream: StoredStream,
): Promise<SlotRemoval['remaining']> {
  const { publication } = stream;
  if (publication === null) return null;
  try {
    await admin.dropPublication(publication);
    record(release, stream, { publicationOwned: false });
    return null;
  } catch (error) {
    const reason = `its publication ${publication} could not be dropped: ${asCdcError(error).message}`;
    return { reason, sql: [`DROP PUBLICATION IF EXISTS "${publication.replaceAll('"', '""')}";`] };
  }
}

/**
 * Why a slot of this name may be someone else's; null: it is the one this task used. A generated name is nobody else's,
 * and a request that asks for it has the last word. A name that people choose exists on other servers too, and the task
 * may have been pointed at one of those by mistake.
 */
async function doubtAbout(release: Release, admin: SlotAdmin, stream: StoredStream): Promise<string | null> {
  if (release.stop.dropAsked || parseGeneratedName(stream.slot) !== null) return null;
  if ((await admin.find(stream.slot)) === null) return null;
  if (stream.slotOwned && stream.checkpoint === null) {
    return 'the first start was interrupted: it is not known whether this task created it';
  }
  const catalog = await release.driver.openCatalog(release.endpoint);
  try {
    const { systemId } = await catalog.facts();
    return systemId === stream.systemId ? null : 'the source is another server than the one where the task ran';
  } finally {
    await catalog.close();
  }
}

/** Changes the stored row as it is now: the session that ended a moment ago may have moved its checkpoint. */
function record({ store, taskId }: Release, { node }: StoredStream, change: Partial<StoredStream>): void {
  const current = store.streams(taskId).find((stream) => stream.node === node);
  if (current) store.putStream(taskId, { ...current, ...change });
}
