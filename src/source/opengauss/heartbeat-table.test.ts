import { describe, expect, it } from 'vitest';
import { ScriptedSession, sqlError, wire } from '../../../test/support/scripted-session.ts';
import { beat, createHeartbeatTable, heartbeatGrantsSql, heartbeatTableSql } from './heartbeat-table.ts';

const NO_ROW = { ...wire('x'), count: 0 };
const ONE_ROW = { ...wire('x'), count: 1 };

describe('beat', () => {
  it('counts up the row of the slot', async () => {
    const session = new ScriptedSession().on('update', ONE_ROW);
    expect(await beat(session, 'cdc', "it's")).toBe('written');
    expect(session.asked).toEqual([
      `update "cdc"."gausscast_heartbeat" set beats = beats + 1, beaten_at = now() where slot = 'it''s'`,
    ]);
  });

  it('makes the row of a new slot', async () => {
    const session = new ScriptedSession().on('update', NO_ROW).on('insert', ONE_ROW);
    expect(await beat(session, 'cdc', 's')).toBe('written');
    expect(session.asked).toHaveLength(2);
  });

  it('writes also when another session has made the row meanwhile', async () => {
    const updates = [NO_ROW, ONE_ROW];
    const session = new ScriptedSession()
      .on('update', () => updates.shift()!)
      .on('insert', sqlError('23505', 'duplicate key value'));
    expect(await beat(session, 'cdc', 's')).toBe('written');
    expect(updates).toEqual([]);
  });

  it.each([
    ['42P01', 'missing'],
    ['3F000', 'missing'],
    ['42501', 'denied'],
  ])('says after %s that the table is %s', async (state, result) => {
    expect(await beat(new ScriptedSession().on('update', sqlError(state, 'no')), 'cdc', 's')).toBe(result);
    const session = new ScriptedSession().on('update', NO_ROW).on('insert', sqlError(state, 'no'));
    expect(await beat(session, 'cdc', 's')).toBe(result);
  });

  it('passes on a lost connection', async () => {
    const session = new ScriptedSession().on('update', sqlError('ECONNRESET', 'read ECONNRESET'));
    await expect(beat(session, 'cdc', 's')).rejects.toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
  });
});

describe('the heartbeat table', () => {
  it('has one row per slot, and its SQL can be run by someone else', () => {
    expect(heartbeatTableSql('my s')).toBe(
      'CREATE TABLE "my s"."gausscast_heartbeat" (slot varchar(64) PRIMARY KEY, beats bigint NOT NULL, beaten_at timestamp with time zone NOT NULL);',
    );
    expect(heartbeatGrantsSql('my s', 'cdc')).toEqual([
      'GRANT USAGE ON SCHEMA "my s" TO "cdc";',
      'GRANT SELECT, INSERT, UPDATE ON "my s"."gausscast_heartbeat" TO "cdc";',
    ]);
  });

  it.each(['42P07', '23505'])('is left as it is when it exists (%s)', async (state) => {
    const session = new ScriptedSession().on('CREATE TABLE', sqlError(state, 'exists'));
    await expect(createHeartbeatTable(session, 'cdc')).resolves.toBeUndefined();
  });

  it('is not made without the right to', async () => {
    const session = new ScriptedSession().on('CREATE TABLE', sqlError('42501', 'permission denied for schema cdc'));
    await expect(createHeartbeatTable(session, 'cdc')).rejects.toMatchObject({ code: 'SOURCE_PERMISSION' });
  });
});
