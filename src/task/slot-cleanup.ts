import type { SourceEndpoint } from '../domain/endpoints.ts';
import { asCdcError, CdcError } from '../domain/errors.ts';
import { formatLsn } from '../domain/lsn.ts';
import type { SlotAdmin, SlotInfo, SourceDriver } from '../source/source.ts';
import { DEFAULT_NODE, parseGeneratedName } from './names.ts';
import type { CleanupResult, SlotView } from './task-api.ts';

/** How a slot relates to the tasks of this installation. */
export type SlotOwner = SlotView['owner'];

export interface RemoveOptions {
  /** End the session that reads the slot, whoever's it is. Otherwise a slot in use remains. */
  readonly terminate: boolean;
  /** Longest wait for such a session to end, in ms. */
  readonly timeoutMs: number;
  /** What to run by hand where something is in the way. */
  readonly dropSlotSql: SourceDriver['dropSlotSql'];
}

/** What came of removing one slot; `remaining` null: the server has been asked and knows the slot no more. */
export interface SlotRemoval {
  readonly dropped: boolean;
  readonly terminatedPid: number | null;
  readonly remaining: { readonly reason: string; readonly sql: readonly string[] } | null;
}

/** A reader that reconnects at once takes the slot again between the end of its session and the drop. */
const DROP_ATTEMPTS = 3;
const CLEANUP_TIMEOUT_MS = 10_000;

/** All logical slots of the server, each with its owner. */
export async function listSlots(admin: SlotAdmin, classify: (slot: SlotInfo) => SlotOwner): Promise<SlotView[]> {
  const slots = (await admin.list()).filter((slot) => slot.slotType === 'logical');
  return slots.map((slot) => ({
    node: DEFAULT_NODE,
    slot: slot.slot,
    plugin: slot.plugin,
    active: slot.active,
    pid: slot.pid,
    owner: classify(slot),
    confirmedLsn: slot.confirmedLsn === null ? null : formatLsn(slot.confirmedLsn),
    retainedWalBytes: slot.retainedWalBytes,
  }));
}

/** Drops a slot and proves that it is gone. Never throws: what is in the way is the reason why it remains. */
export async function removeSlot(admin: SlotAdmin, slot: string, options: RemoveOptions): Promise<SlotRemoval> {
  let terminatedPid: number | null = null;
  let failure: CdcError | null = null;
  let dropped = false;
  for (let attempt = 0; attempt < DROP_ATTEMPTS; attempt++) {
    try {
      const found = await admin.find(slot);
      if (found === null) return { dropped, terminatedPid, remaining: null };
      if (found.active && !options.terminate)
        return { dropped, terminatedPid, remaining: inUse(options, slot, found.pid) };
      if (found.active) terminatedPid = (await admin.terminateHolder(slot, options.timeoutMs)) ?? terminatedPid;
      dropped = await admin.drop(slot);
      failure = null;
    } catch (error) {
      failure = asCdcError(error);
      if (failure.code !== 'SLOT_IN_USE' || !options.terminate) break;
    }
  }
  if (failure === null && (await isGone(admin, slot))) return { dropped, terminatedPid, remaining: null };
  return { dropped: false, terminatedPid, remaining: remains(options, slot, failure) };
}

async function isGone(admin: SlotAdmin, slot: string): Promise<boolean> {
  try {
    return (await admin.find(slot)) === null;
  } catch {
    return false;
  }
}

type Sql = Pick<SourceDriver, 'dropSlotSql'>;

function inUse(by: Sql, slot: string, pid: number | null): NonNullable<SlotRemoval['remaining']> {
  return { reason: `a session reads it (pid ${pid ?? 'unknown'})`, sql: by.dropSlotSql(slot, pid) };
}

/** An error that names the sessions in the way has its own statements. */
function remains(by: Sql, slot: string, failure: CdcError | null): NonNullable<SlotRemoval['remaining']> {
  const sql = failure !== null && failure.sql.length > 0 ? failure.sql : by.dropSlotSql(slot, null);
  return { reason: failure?.message ?? 'the server still shows it', sql };
}

/** Collects what was done over several slots. */
export class CleanupBook {
  readonly #terminated: { node: string; pid: number }[] = [];
  readonly #dropped: { node: string; slot: string }[] = [];
  readonly #remaining: { node: string; slot: string; reason: string; sql: readonly string[] }[] = [];

  add(node: string, slot: string, removal: SlotRemoval): void {
    if (removal.terminatedPid !== null) this.#terminated.push({ node, pid: removal.terminatedPid });
    if (removal.dropped) this.#dropped.push({ node, slot });
    if (removal.remaining !== null) this.#remaining.push({ node, slot, ...removal.remaining });
  }

  result(): CleanupResult {
    return { terminatedSessions: this.#terminated, droppedSlots: this.#dropped, remainingSlots: this.#remaining };
  }
}

export interface SourceCleanup {
  readonly driver: SourceDriver;
  readonly endpoint: SourceEndpoint;
  /** Which slots to drop. */
  readonly select: (slot: SlotInfo) => boolean;
  readonly terminate: boolean;
  /** Only tell what would be dropped. */
  readonly dryRun: boolean;
}

/** Drops the selected logical slots and, with each, the publication of the same generated name. Errors: SOURCE_*. */
export async function dropSelected(cleanup: SourceCleanup): Promise<CleanupResult> {
  const selected = await selectSlots(cleanup);
  const book = new CleanupBook();
  for (const slot of selected) {
    const removal = cleanup.dryRun
      ? { dropped: true, terminatedPid: null, remaining: null }
      : await dropOne(cleanup, slot);
    book.add(DEFAULT_NODE, slot.slot, removal);
  }
  return book.result();
}

async function selectSlots({ driver, endpoint, select }: SourceCleanup): Promise<readonly SlotInfo[]> {
  return withAdmin(driver, endpoint, async (admin) =>
    (await admin.list()).filter((slot) => slot.slotType === 'logical' && select(slot)),
  );
}

/** Publications live in the slot's database, which may be another one than the endpoint's. */
async function dropOne(cleanup: SourceCleanup, { slot, database }: SlotInfo): Promise<SlotRemoval> {
  const endpoint = database === null ? cleanup.endpoint : { ...cleanup.endpoint, database };
  const { terminate, driver } = cleanup;
  try {
    return await withAdmin(cleanup.driver, endpoint, async (admin) => {
      const options = { terminate, timeoutMs: CLEANUP_TIMEOUT_MS, dropSlotSql: driver.dropSlotSql };
      const removal = await removeSlot(admin, slot, options);
      if (removal.remaining === null && parseGeneratedName(slot) !== null) await dropLeftPublication(admin, slot);
      return removal;
    });
  } catch (error) {
    return { dropped: false, terminatedPid: null, remaining: remains(driver, slot, asCdcError(error)) };
  }
}

/** A publication without its slot holds nothing back; one that cannot be dropped does not make the cleanup fail. */
async function dropLeftPublication(admin: SlotAdmin, name: string): Promise<void> {
  try {
    await admin.dropPublication(name);
  } catch {
    // Usually owned by another role; it costs nothing and the next cleanup by its owner takes it.
  }
}

/** Runs `use` over one administrative session. Errors: SOURCE_*, and whatever `use` throws. */
export async function withAdmin<T>(
  driver: SourceDriver,
  endpoint: SourceEndpoint,
  use: (admin: SlotAdmin) => Promise<T>,
): Promise<T> {
  const admin = await driver.openSlotAdmin(endpoint);
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

/**
 * Cleanup without a service: inactive slots with generated names, of one installation or of any. Others and active ones are
 * never touched. Without `yes` it only tells what it would drop. Errors: SOURCE_*.
 */
export async function cleanupSource(
  driver: SourceDriver,
  endpoint: SourceEndpoint,
  options: { readonly yes: boolean; readonly installationId?: string },
): Promise<CleanupResult> {
  const select = (slot: SlotInfo) => !slot.active && isGenerated(slot.slot, options.installationId);
  return dropSelected({ driver, endpoint, select, terminate: false, dryRun: !options.yes });
}

/** Whether a name was generated, by this installation where one is given. */
export function isGenerated(name: string, installationId?: string): boolean {
  const parsed = parseGeneratedName(name);
  return parsed !== null && (installationId === undefined || parsed.installationId === installationId);
}

/** Drops one inactive slot by its name, whoever made it. Errors: NOT_FOUND, SLOT_IN_USE with the SQL, SOURCE_*. */
export async function dropSlotByName(
  driver: SourceDriver,
  endpoint: SourceEndpoint,
  name: string,
): Promise<CleanupResult> {
  const found = await withAdmin(driver, endpoint, (admin) => admin.find(name));
  if (found === null || found.slotType !== 'logical') {
    throw new CdcError('NOT_FOUND', `the source has no logical slot ${name}`, {
      hint: 'List the slots of the source.',
    });
  }
  if (found.active) {
    const { reason, sql } = inUse(driver, name, found.pid);
    throw new CdcError('SLOT_IN_USE', `slot ${name} is not dropped: ${reason}`, { data: { pid: found.pid }, sql });
  }
  return dropSelected({ driver, endpoint, select: (slot) => slot.slot === name, terminate: false, dryRun: false });
}
