import { formatLsn, parseLsn, toLsn } from '../../../src/domain/lsn.ts';
import { createSlotSql } from '../../../src/source/opengauss/slot-creation.ts';
import { dropCall, slotsSql } from '../../../src/source/opengauss/slots.ts';
import { checkReplicationRight, createSlot } from './slot-creation.ts';
import type { Slot } from './slots.ts';
import type { ServerState } from './state.ts';
import { built, exactly, type SqlHandler, type Statement, select } from './statement.ts';

/** pg_replication_slots, and the functions that make, move and drop slots. */
export const SLOT_ANSWERS: readonly SqlHandler[] = [
  { matches: exactly(slotsSql(null)), answer: ({ state }) => slotRows(state, state.slots.all) },
  { matches: built((name) => slotsSql(name!), 1), answer: oneSlot },
  { matches: built((name, plugin) => createSlotSql(name!, plugin!), 2), answer: create },
  { matches: built((name) => dropCall(name!), 1), answer: drop },
  { matches: /^select \* from pg_replication_slot_advance\('([^']+)',\s*'([^']+)'\)$/i, answer: advance },
];

function oneSlot({ groups: [name = ''], state }: Statement) {
  const slot = state.slots.find(name);
  return slotRows(state, slot ? [slot] : []);
}

function slotRows(state: ServerState, slots: readonly Slot[]) {
  const rows = slots.map((slot) => [
    slot.name,
    slot.plugin,
    'logical',
    slot.database === null ? '0' : '16384',
    slot.database,
    slot.isActive ? 't' : 'f',
    null,
    String(slot.catalogXmin),
    lsnText(slot.restartLsn),
    'f',
    lsnText(slot.confirmedFlush),
    String(state.wal.end - slot.restartLsn),
  ]);
  return select(
    {
      slot_name: 'text',
      plugin: 'text',
      slot_type: 'text',
      datoid: 'int8',
      database: 'text',
      active: 'bool',
      xmin: 'text',
      catalog_xmin: 'text',
      restart_lsn: 'text',
      dummy_standby: 'bool',
      confirmed_flush: 'text',
      retained_bytes: 'numeric',
    },
    rows,
  );
}

async function create({ groups: [name = '', plugin = ''], state, session }: Statement) {
  const slot = await createSlot(state, session, name, plugin);
  return select({ slotname: 'text', xlog_position: 'text' }, [[name, lsnText(slot.confirmedFlush)]]);
}

function drop({ groups: [name = ''], state, session }: Statement) {
  checkReplicationRight(state, session);
  state.slots.drop(name);
  return select({ pg_drop_replication_slot: 'void' }, [['']]);
}

function advance({ groups: [name = '', to = ''], state, session }: Statement) {
  checkReplicationRight(state, session);
  const end = state.slots.advance(name, parseLsn(to), state.wal.end);
  return select({ slot_name: 'text', end_lsn: 'text' }, [[name, lsnText(end).toLowerCase()]]);
}

function lsnText(lsn: bigint): string {
  return formatLsn(toLsn(lsn));
}
