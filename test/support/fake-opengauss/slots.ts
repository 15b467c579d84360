import { formatLsn, toLsn } from '../../../src/domain/lsn.ts';
import { ServerError } from './server-error.ts';

export interface Slot {
  readonly name: string;
  readonly plugin: string;
  /** Null once its database is dropped. */
  readonly database: string | null;
  isActive: boolean;
  restartLsn: bigint;
  confirmedFlush: bigint;
  /** What a restart of the server falls back to. */
  savedFlush: bigint;
  catalogXmin: bigint;
}

const NAME = /^[a-z0-9_?.-]+$/;
const NAME_HINT =
  "Replication slot names may only contain lower letters, numbers and the 4 following special characters: '_', '?', '.', '-'.\n'.' and '..' are also not allowed to be slot names independently.";
const PLUGINS = new Set(['mppdb_decoding', 'pgoutput', 'test_decoding', 'sql_decoding']);
/** Decoding restarts a little before the position confirmed. */
const RESTART_DISTANCE = 0x80n;

/** The slots of an instance, all databases. Errors as recorded. */
export class Slots {
  readonly #slots = new Map<string, Slot>();

  get all(): readonly Slot[] {
    return [...this.#slots.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  /** Errors: 42601, 42602, 55000 (name), 42710, 53400, 58P01. */
  create(name: string, plugin: string, database: string, limit: number, position: bigint, xmin: bigint): Slot {
    checkName(name);
    if (this.#slots.has(name)) throw new ServerError('42710', `replication slot "${name}" already exists`);
    if (this.#slots.size >= limit) {
      const hint = 'Free one or increase max_replication_slots.';
      throw new ServerError('53400', 'all replication slots are in use', { hint });
    }
    if (!PLUGINS.has(plugin)) {
      const message = `could not access file "${plugin}": No such file or directory`;
      throw new ServerError('58P01', message, { internalCode: 11_802 });
    }
    const slot: Slot = {
      name,
      plugin,
      database,
      isActive: false,
      restartLsn: position - RESTART_DISTANCE,
      confirmedFlush: position,
      savedFlush: position,
      catalogXmin: xmin,
    };
    this.#slots.set(name, slot);
    return slot;
  }

  /** The slot, held by nobody. Errors: 42704, 55006. */
  idle(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) {
      throw new ServerError('42704', `replication slot "${name}" does not exist`, { internalCode: 18_645 });
    }
    if (slot.isActive) {
      throw new ServerError('55006', `replication slot "${name}" is already active`, { internalCode: 18_646 });
    }
    return slot;
  }

  /** Of whatever database. Errors as `idle`. */
  drop(name: string): void {
    this.#slots.delete(this.idle(name).name);
  }

  /** pg_replication_slot_advance: saved at once. Errors as `idle`; 0A000 for going back. */
  advance(name: string, to: bigint, walEnd: bigint): bigint {
    const slot = this.idle(name);
    if (to < slot.confirmedFlush) {
      const [target, minimum] = [to, slot.confirmedFlush].map((lsn) => formatLsn(toLsn(lsn)));
      throw new ServerError('0A000', `cannot move slot to ${target}, minimum is ${minimum}`);
    }
    confirm(slot, to < walEnd ? to : walEnd);
    slot.savedFlush = slot.confirmedFlush;
    return slot.confirmedFlush;
  }

  /** A stop of the server, clean or not: what was confirmed since the last save is forgotten. */
  forgetUnsaved(): void {
    for (const slot of this.#slots.values()) {
      slot.isActive = false;
      slot.confirmedFlush = slot.savedFlush;
    }
  }
}

/** What a standby's flush position does to the slot; 0 and older positions do nothing. */
export function confirm(slot: Slot, flushed: bigint): void {
  if (flushed <= slot.confirmedFlush) return;
  slot.confirmedFlush = flushed;
  slot.restartLsn = flushed - RESTART_DISTANCE;
}

function checkName(name: string): void {
  if (name.length > 63) throw new ServerError('42601', 'replication slot name should be shorter than 64.');
  if (name === '.' || name === '..') {
    throw new ServerError('42602', "'.' and '..' are not allowed to be slot names independently.");
  }
  if (!NAME.test(name)) {
    throw new ServerError('42602', `replication slot name "${name}" contains invalid character`, { hint: NAME_HINT });
  }
  if (name.startsWith('gs_roach')) {
    throw new ServerError('55000', 'replication slot name starting with gs_roach is internally reserverd');
  }
}
