import type { TableName } from '../domain/decoding.ts';
import { CdcError } from '../domain/errors.ts';
import { formatLsn, type Lsn, parseLsn } from '../domain/lsn.ts';
import type { Checkpoint } from '../domain/task.ts';
import type { Catalog, ServerFacts, SlotAdmin, SlotInfo, SlotNeeds, SourceTable } from '../source/source.ts';
import type { Store, StoredStream } from '../store/store.ts';

export interface StreamPlan {
  readonly taskId: string;
  readonly node: string;
  readonly slot: string;
  readonly needs: SlotNeeds;
  /** Name the user gave; null: the task manages a publication of its own under `managedPublication`. */
  readonly userPublication: string | null;
  readonly managedPublication: string;
  readonly select: (tables: readonly SourceTable[]) => readonly SourceTable[];
}

/** A stream that may be opened: its stored row with a checkpoint. */
export type ReadyStream = StoredStream & {
  readonly checkpoint: Checkpoint;
};

export interface SetupTools {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly admin: SlotAdmin;
  readonly now: () => number;
  /** The session was ended meanwhile: nothing that would outlive it is made any more. */
  readonly isOver: () => boolean;
}

/** With these the server has said that it made no slot; after any other error nobody knows. */
const REFUSALS: ReadonlySet<string> = new Set(['SLOT_EXISTS', 'SLOT_LIMIT', 'SLOT_BLOCKED', 'SOURCE_PERMISSION']);

/**
 * Makes slot and publication ready and says where to go on. Cases:
 *  - stored with checkpoint: the slot must be the one we know, else SLOT_LOST; nothing is recreated.
 *  - else publication first, then slot (the other way round the WAL between them cannot be decoded). What an interrupted
 *    first start made is dropped and made anew: the objects may have changed since, and nothing was published from it.
 *  - a slot that exists otherwise is used as it is; one the user named is ours only if an earlier first start made it.
 */
export async function setUpStream(plan: StreamPlan, tools: SetupTools): Promise<ReadyStream> {
  const facts = await tools.catalog.facts();
  const stored = tools.store.streams(plan.taskId).find((stream) => stream.node === plan.node);
  if (stored?.checkpoint) {
    const ready = { ...stored, checkpoint: stored.checkpoint };
    verifySlot(ready, await tools.admin.find(stored.slot), facts);
    return ready;
  }
  return firstStart(plan, tools, facts, stored ?? null);
}

async function firstStart(
  plan: StreamPlan,
  tools: SetupTools,
  facts: ServerFacts,
  begun: StoredStream | null,
): Promise<ReadyStream> {
  const stream: StoredStream = {
    node: plan.node,
    slot: plan.slot,
    slotOwned: isGenerated(plan) || (begun?.slotOwned === true && begun.systemId === facts.systemId),
    plugin: plan.needs.plugin,
    database: facts.database,
    systemId: facts.systemId,
    publication: plan.needs.usesPublication ? (plan.userPublication ?? plan.managedPublication) : null,
    publicationOwned: plan.needs.usesPublication && plan.userPublication === null,
    tables: plan.needs.usesPublication ? null : await selectedTables(plan, tools),
    checkpoint: null,
    producer: null,
  };
  // Stored before anything is made: after a crash in between we still know what is ours.
  tools.store.putStream(plan.taskId, stream);
  const found = begun && isGenerated(plan) ? await dropUnused(plan, tools) : await tools.admin.find(plan.slot);
  await ensurePublication(plan, tools, { stream, mayReplace: found === null });
  const made =
    found === null ? await createSlot(plan, tools, stream) : { stream, lsn: adoptedPosition(plan, found, facts) };
  const checkpoint: Checkpoint = {
    lsn: formatLsn(made.lsn),
    // The clock in microseconds, so that a lost store never reuses numbers (contract, "Event number").
    nextEventNumber: tools.now() * 1000,
    lastCommitLsn: null,
    publishedThrough: null,
  };
  tools.store.putCheckpoint(plan.taskId, plan.node, checkpoint);
  return { ...made.stream, checkpoint };
}

/** A generated name carries this installation's and the task's id: nobody else makes it. */
function isGenerated(plan: StreamPlan): boolean {
  return plan.slot === plan.managedPublication;
}

/** Drops what an interrupted first start made. Errors: SLOT_IN_USE while the session that it left behind still makes it. */
async function dropUnused({ slot }: StreamPlan, { admin }: SetupTools): Promise<null> {
  if ((await admin.find(slot)) !== null) await admin.drop(slot);
  return null;
}

/** Creates the slot and claims it; a refusal takes the claim back, because the next slot of this name is someone else's. */
async function createSlot(plan: StreamPlan, tools: SetupTools, stream: StoredStream) {
  if (tools.isOver()) throw new Error('the session ended while it was starting');
  const owned = { ...stream, slotOwned: true };
  tools.store.putStream(plan.taskId, owned);
  try {
    return { stream: owned, lsn: await tools.admin.create(plan.slot, plan.needs.plugin) };
  } catch (error) {
    const isRefused = error instanceof CdcError && REFUSALS.has(error.code);
    if (isRefused) tools.store.putStream(plan.taskId, { ...stream, slotOwned: isGenerated(plan) });
    throw error;
  }
}

interface PublicationPlan {
  readonly stream: StoredStream;
  /** Not while a slot exists: it could not decode what is committed between the drop and the new publication. */
  readonly mayReplace: boolean;
}

async function ensurePublication(plan: StreamPlan, tools: SetupTools, { stream, mayReplace }: PublicationPlan) {
  const { publication, publicationOwned } = stream;
  if (publication === null) return;
  const exists = await tools.admin.publicationExists(publication);
  if (exists && !(publicationOwned && mayReplace)) return;
  if (!publicationOwned) throw new CdcError('PUBLICATION_MISSING', `publication ${publication} does not exist`);
  const tables = await selectedTables(plan, tools);
  if (exists) await tools.admin.dropPublication(publication);
  await tools.admin.createPublication(publication, tables);
}

async function selectedTables(plan: StreamPlan, tools: SetupTools): Promise<readonly TableName[]> {
  const tables = plan.select(await tools.catalog.listTables());
  if (tables.length === 0) throw new CdcError('OBJECTS_EMPTY', 'no table of the source matches objects.include');
  return tables.map(({ schema, table }) => ({ schema, table }));
}

function adoptedPosition(plan: StreamPlan, slot: SlotInfo, facts: ServerFacts): Lsn {
  if (slot.plugin !== plan.needs.plugin || slot.database !== facts.database) {
    throw new CdcError(
      'SLOT_EXISTS',
      `slot ${slot.slot} belongs to plugin ${slot.plugin} in database ${slot.database}`,
      {
        hint: 'Name another slot in source.slot.name, or drop this one.',
      },
    );
  }
  // Without a position it is still being made, by a session that we or someone else left behind.
  if (slot.confirmedLsn === null && slot.active) {
    throw new CdcError('SLOT_IN_USE', `slot ${slot.slot} is still being made by session ${slot.pid}`);
  }
  if (slot.confirmedLsn === null) throw new CdcError('SLOT_LOST', `slot ${slot.slot} has no confirmed position`);
  return slot.confirmedLsn;
}

function verifySlot(stream: ReadyStream, slot: SlotInfo | null, facts: ServerFacts): void {
  const lost = (reason: string) =>
    new CdcError('SLOT_LOST', `slot ${stream.slot}: ${reason}`, {
      data: { slot: stream.slot, checkpoint: stream.checkpoint.lsn },
    });
  const lsn = parseLsn(stream.checkpoint.lsn);
  if (stream.systemId !== facts.systemId) throw lost('this is another server (system identifier differs)');
  if (slot === null) throw lost('it does not exist any more');
  if (slot.plugin !== stream.plugin || slot.database !== stream.database)
    throw lost('it was recreated with another plugin or database');
  if (slot.walStatus === 'lost') throw lost('the server removed the WAL it needs');
  if (slot.confirmedLsn !== null && slot.confirmedLsn > lsn) {
    throw lost(`it was advanced to ${formatLsn(slot.confirmedLsn)}, beyond the checkpoint ${stream.checkpoint.lsn}`);
  }
  if (lsn > facts.currentLsn)
    throw lost(`the checkpoint lies beyond the server's WAL (${formatLsn(facts.currentLsn)})`);
}
