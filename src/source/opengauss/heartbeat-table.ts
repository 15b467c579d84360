import { HEARTBEAT_TABLE } from '../../domain/decoding.ts';
import { quoteIdentifier, quoteLiteral, quoteTable } from '../postgres/quoting.ts';
import { toSourceError } from '../source-errors.ts';
import { type SqlSession, sqlState } from './sql-session.ts';

/** `missing`: no such table or schema; `denied`: the role may not write it. */
export type BeatResult = 'written' | 'missing' | 'denied';

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_SCHEMA = '3F000';
const DENIED = '42501';
const UNIQUE_VIOLATION = '23505';
const DUPLICATE_TABLE = '42P07';

/** The table that heartbeats are written to: one row per slot, so that tasks do not wait for each other. */
export function heartbeatTableSql(schema: string): string {
  return `CREATE TABLE ${heartbeatTable(schema)} (slot varchar(64) PRIMARY KEY, beats bigint NOT NULL, beaten_at timestamp with time zone NOT NULL);`;
}

/** What the task's role needs when someone else creates the table. */
export function heartbeatGrantsSql(schema: string, username: string): readonly string[] {
  const role = quoteIdentifier(username);
  return [
    `GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${role};`,
    `GRANT SELECT, INSERT, UPDATE ON ${heartbeatTable(schema)} TO ${role};`,
  ];
}

/** Creates the table; one that exists is left as it is. Errors: SOURCE_PERMISSION, SOURCE_QUERY. */
export async function createHeartbeatTable(client: SqlSession, schema: string): Promise<void> {
  try {
    await client.query(heartbeatTableSql(schema));
  } catch (error) {
    // Another task was faster: the table is there, or its row type is and the table will be.
    if (sqlState(error) === DUPLICATE_TABLE || sqlState(error) === UNIQUE_VIOLATION) return;
    throw toSourceError(error, `creating ${HEARTBEAT_TABLE} in schema ${schema}`);
  }
}

/** Writes one heartbeat of the slot and commits it. Errors: SOURCE_*. */
export async function beat(client: SqlSession, schema: string, slot: string): Promise<BeatResult> {
  try {
    if ((await updateRow(client, schema, slot)) || (await insertRow(client, schema, slot))) return 'written';
    await updateRow(client, schema, slot);
    return 'written';
  } catch (error) {
    const state = sqlState(error);
    if (state === UNDEFINED_TABLE || state === UNDEFINED_SCHEMA) return 'missing';
    if (state === DENIED) return 'denied';
    throw toSourceError(error, `writing ${HEARTBEAT_TABLE} in schema ${schema}`);
  }
}

export function updateBeatSql(schema: string, slot: string): string {
  return `update ${heartbeatTable(schema)} set beats = beats + 1, beaten_at = now() where slot = ${quoteLiteral(slot)}`;
}

export function insertBeatSql(schema: string, slot: string): string {
  return `insert into ${heartbeatTable(schema)} (slot, beats, beaten_at) values (${quoteLiteral(slot)}, 1, now())`;
}

async function updateRow(client: SqlSession, schema: string, slot: string): Promise<boolean> {
  return (await client.query(updateBeatSql(schema, slot))).rowCount === 1;
}

/** False when another session has inserted the row meanwhile. */
async function insertRow(client: SqlSession, schema: string, slot: string): Promise<boolean> {
  try {
    await client.query(insertBeatSql(schema, slot));
    return true;
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

function heartbeatTable(schema: string): string {
  return quoteTable({ schema, table: HEARTBEAT_TABLE });
}
