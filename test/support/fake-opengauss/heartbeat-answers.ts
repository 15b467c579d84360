import { HEARTBEAT_TABLE } from '../../../src/domain/decoding.ts';
import { heartbeatTableSql, insertBeatSql, updateBeatSql } from '../../../src/source/opengauss/heartbeat-table.ts';
import { mayUse } from './privileges.ts';
import { ServerError } from './server-error.ts';
import type { ServerState } from './state.ts';
import { built, command, type SqlHandler, type Statement } from './statement.ts';

/** The heartbeat table: its rows are the only ones that sessions write. Each statement is a commit of its own. */
export const HEARTBEAT_ANSWERS: readonly SqlHandler[] = [
  { matches: built((schema) => heartbeatTableSql(schema!), 1), answer: create },
  { matches: built((schema, slot) => updateBeatSql(schema!, slot!), 2), answer: update },
  { matches: built((schema, slot) => insertBeatSql(schema!, slot!), 2), answer: insert },
];

function create({ groups: [schema = ''], state, session }: Statement) {
  const name = `${schema}.${HEARTBEAT_TABLE}`;
  if (!state.hasSchema(schema)) throw new ServerError('3F000', `schema "${schema}" does not exist`);
  if (!mayUse(state, session, schema)) throw new ServerError('42501', `permission denied for schema ${schema}`);
  if (state.tables.has(name)) throw new ServerError('42P07', `relation "${HEARTBEAT_TABLE}" already exists`);
  const columns = {
    slot: 'character varying(64)',
    beats: 'bigint not null',
    beaten_at: 'timestamp with time zone not null',
  };
  state.defineTable(name, { columns, primaryKey: ['slot'], owner: session.user });
  return command('CREATE TABLE');
}

function update(statement: Statement) {
  const { table, slot, state } = writable(statement);
  const beats = state.heartbeats.get(slot);
  if (beats === undefined) return command('UPDATE 0');
  beat(state, slot, beats + 1, table, 'UPDATE');
  return command('UPDATE 1');
}

function insert(statement: Statement) {
  const { table, slot, state } = writable(statement);
  if (state.heartbeats.has(slot)) {
    throw new ServerError('23505', `duplicate key value violates unique constraint "${HEARTBEAT_TABLE}_pkey"`);
  }
  beat(state, slot, 1, table, 'INSERT');
  return command('INSERT 0 1');
}

function writable({ groups: [schema = '', slot = ''], state, session }: Statement) {
  const { schema: found, name } = state.table(`${schema}.${HEARTBEAT_TABLE}`);
  const table = `${found}.${name}`;
  if (!mayUse(state, session, table)) throw new ServerError('42501', `permission denied for relation ${name}`);
  return { table, slot, state };
}

function beat(state: ServerState, slot: string, beats: number, table: string, op: 'INSERT' | 'UPDATE'): void {
  state.heartbeats.set(slot, beats);
  const row = { slot, beats: String(beats), beaten_at: '2026-11-21 02:21:21.813387+00' };
  state.commit([{ changes: [{ op, table, new: row }] }]);
}
