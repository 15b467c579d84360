import { CdcError } from '../domain/errors.ts';
import { formatLsn, type Lsn, parseLsn } from '../domain/lsn.ts';
import type { Checkpoint } from '../domain/task.ts';
import type { Catalog, ServerFacts, SlotAdmin, SlotInfo, SourceTable } from '../source/source.ts';
import type { Store, StoredStream } from '../store/store.ts';

export interface StreamPlan {
  readonly taskId: string;
  readonly node: string;
  readonly slot: string;
  /** Name the user gave; null: the task manages a publication of its own under `managedPublication`. */
  readonly userPublication: string | null;
  readonly managedPublication: string;
  readonly select: (tables: readonly SourceTable[]) => readonly SourceTable[];
}

/** A stream that may be opened: its stored row with a checkpoint. */
export type ReadyStream = StoredStream & { readonly checkpoint: Checkpoint };

export interface SetupTools {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly admin: SlotAdmin;
  readonly now: () => number;
}

const PLUGIN = 'pgoutput';

/**
 * Makes slot and publication ready and says where to go on. Cases:
 *  - nothing stored: publication first, then slot (the other way round the WAL between them cannot be decoded);
 *    a slot the user named and that exists is used as it is, and is not ours.
 *  - stored without checkpoint: an earlier first start was interrupted; what it made is ours and is used.
 *  - stored with checkpoint: the slot must be the one we know, else SLOT_LOST; nothing is recreated.
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
  const found = await tools.admin.find(plan.slot);
  const stream: StoredStream = begun ?? {
    node: plan.node,
    slot: plan.slot,
    // A generated name carries this installation's and the task's id: nobody else makes it.
    slotOwned: found === null || plan.slot === plan.managedPublication,
    plugin: PLUGIN,
    database: facts.database,
    systemId: facts.systemId,
    publication: plan.userPublication ?? plan.managedPublication,
    publicationOwned: plan.userPublication === null,
    checkpoint: null,
    producer: null,
  };
  // Stored before anything is made: after a crash in between we still know that slot and publication are ours.
  tools.store.putStream(plan.taskId, stream);
  await ensurePublication(plan, tools, stream);
  const lsn = found === null ? await tools.admin.create(plan.slot) : adoptedPosition(found, facts);
  const checkpoint: Checkpoint = {
    lsn: formatLsn(lsn),
    // The clock in microseconds, so that a lost store never reuses numbers (contract, "Event number").
    nextEventNumber: tools.now() * 1000,
    publishedThrough: null,
  };
  tools.store.putCheckpoint(plan.taskId, plan.node, checkpoint);
  return { ...stream, checkpoint };
}

async function ensurePublication(plan: StreamPlan, tools: SetupTools, stream: StoredStream): Promise<void> {
  const exists = await tools.admin.publicationExists(stream.publication);
  if (exists) return;
  if (!stream.publicationOwned) {
    throw new CdcError('PUBLICATION_MISSING', `publication ${stream.publication} does not exist`);
  }
  const tables = plan.select(await tools.catalog.listTables());
  if (tables.length === 0) throw new CdcError('OBJECTS_EMPTY', 'no table of the source matches objects.include');
  await tools.admin.createPublication(stream.publication, tables);
}

function adoptedPosition(slot: SlotInfo, facts: ServerFacts): Lsn {
  if (slot.plugin !== PLUGIN || slot.database !== facts.database) {
    throw new CdcError(
      'SLOT_EXISTS',
      `slot ${slot.slot} belongs to plugin ${slot.plugin} in database ${slot.database}`,
      {
        hint: 'Name another slot in source.slot.name, or drop this one.',
      },
    );
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
