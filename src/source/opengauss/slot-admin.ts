import { setTimeout as delay } from 'node:timers/promises';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { closeClient } from '../session-client.ts';
import type { SlotAdmin } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { connectOpenGauss } from './client.ts';
import { createPublication, dropPublication, publicationExists } from './publications.ts';
import { withReplication } from './replication-session.ts';
import { createSlot } from './slot-creation.ts';
import { terminateHolder } from './slot-holder.ts';
import type { SlotSessions } from './slot-sessions.ts';
import { dropSlot, readSlots } from './slots.ts';

/** Opens a session that manages slots and publications; the caller closes it. */
export async function openOpenGaussSlotAdmin(endpoint: SourceEndpoint): Promise<SlotAdmin> {
  const client = await connectOpenGauss(endpoint);
  const sessions: SlotSessions = { sql: client, withReplication: (use) => withReplication(endpoint, use), wait: delay };
  return { ...slotAdministration(sessions), close: () => closeClient(client) };
}

function slotAdministration(sessions: SlotSessions): Omit<SlotAdmin, 'close'> {
  const { sql } = sessions;
  return {
    list: () => classified(readSlots(sql, null)),
    find: async (slot) => (await classified(readSlots(sql, slot)))[0] ?? null,
    create: (slot, plugin) => classified(createSlot(sessions, slot, plugin)),
    terminateHolder: (slot, timeoutMs) => classified(terminateHolder(sessions, slot, timeoutMs)),
    drop: (slot) => classified(dropSlot(sessions, slot)),
    publicationExists: (name) => classified(publicationExists(sql, name)),
    createPublication: (name, tables) => createPublication(sql, name, tables),
    dropPublication: (name) => dropPublication(sql, name),
  };
}

async function classified<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toSourceError(error);
  }
}
