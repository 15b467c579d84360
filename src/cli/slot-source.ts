import { CdcError } from '../domain/errors.ts';
import {
  cleanupSource,
  dropSlotByName,
  isGenerated,
  listSlots,
  type SlotOwner,
  withAdmin,
} from '../task/slot-cleanup.ts';
import { parseSource, toSourceEndpoint } from '../task/spec.ts';
import type { CleanupResult, SlotView } from '../task/task-api.ts';
import type { CliIo } from './io.ts';
import { type PasswordOptions, readMapping, readPassword, sourceBlock } from './spec-file.ts';
import type { Wiring } from './wiring.ts';

/** Slots of a source without a service: straight on the database. */
export interface SlotSource {
  list(): Promise<readonly SlotView[]>;
  drop(slot: string): Promise<CleanupResult>;
  /** Inactive slots with generated names; only those of the installation in `dataDir` when given. Drops them only with `yes`. */
  cleanup(yes: boolean, dataDir: string | undefined): Promise<CleanupResult>;
}

/** Reads the source out of FILE. Errors: SPEC_INVALID with the fields, USAGE, BODY_MALFORMED. */
export async function openSlotSource(
  io: CliIo,
  wiring: Wiring,
  file: string,
  options: PasswordOptions,
): Promise<SlotSource> {
  const password = await readPassword(io, options, file);
  const source = toSourceEndpoint(parseSource(sourceBlock(await readMapping(io, file), password)));
  const driver = await wiring.sourceDriver(source.dialect);
  return {
    list: () => withAdmin(driver, source, (admin) => listSlots(admin, ownerByName)),
    drop: (slot) => dropSlotByName(driver, source, slot),
    cleanup: async (yes, dataDir) => {
      const installationId = dataDir === undefined ? undefined : await installationOf(wiring, dataDir);
      return cleanupSource(driver, source, { yes, ...(installationId !== undefined && { installationId }) });
    },
  };
}

/** Without a store nobody knows the tasks: a generated name that nobody reads is what `cleanup` takes for an orphan. */
function ownerByName(slot: { readonly slot: string; readonly active: boolean }): SlotOwner {
  if (!isGenerated(slot.slot)) return 'foreign';
  return slot.active ? 'task' : 'orphan';
}

async function installationOf(wiring: Wiring, dataDir: string): Promise<string> {
  const id = await wiring.readInstallationId(dataDir);
  if (id !== null) return id;
  throw new CdcError('USAGE', `${dataDir} holds no Gausscast store`, {
    hint: 'Name the data folder of the installation, or leave --data-dir out to list the slots of all installations.',
  });
}
