import type pg from 'pg';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { closeClient } from '../session-client.ts';
import type { SlotAdmin } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { connect } from './client.ts';
import { createPublication, dropPublication, publicationExists } from './publications.ts';
import { createSlot, dropSlot, readSlots, terminateHolder } from './slots.ts';

/** Opens a session that manages slots and publications; the caller closes it. */
export async function openSlotAdmin(endpoint: SourceEndpoint): Promise<SlotAdmin> {
  return slotAdminOf(await connect(endpoint));
}

/** Slot administration over an open session, which `close` ends. */
export function slotAdminOf(client: pg.Client): SlotAdmin {
  return {
    list: () => classified(readSlots(client, null)),
    find: async (slot) => (await classified(readSlots(client, slot)))[0] ?? null,
    create: (slot, plugin) => classified(createSlot(client, slot, plugin)),
    terminateHolder: (slot, timeoutMs) => classified(terminateHolder(client, slot, timeoutMs)),
    drop: (slot) => classified(dropSlot(client, slot)),
    publicationExists: (name) => classified(publicationExists(client, name)),
    createPublication: (name, tables) => createPublication(client, name, tables),
    dropPublication: (name) => dropPublication(client, name),
    close: () => closeClient(client),
  };
}

async function classified<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toSourceError(error);
  }
}
