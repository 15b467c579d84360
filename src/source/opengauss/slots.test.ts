import { describe, expect, it } from 'vitest';
import {
  recordedQuery,
  ScriptedSession,
  sqlError,
  type WireResult,
  wire,
} from '../../../test/support/scripted-session.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { dropSlot, dropSlotSql, readSlots } from './slots.ts';

const NOBODY = wire('pid:20 application_name');
const BUSY = sqlError('55006', 'replication slot "s" is already active');

function withoutColumn({ fields, rows }: WireResult, name: string): WireResult {
  const at = fields.findIndex((field) => field.name === name);
  const cut = <T>(list: readonly T[]) => list.filter((_, index) => index !== at);
  return { fields: cut(fields), rows: rows.map(cut) };
}

describe('readSlots', () => {
  it('reads the recorded view', async () => {
    const session = new ScriptedSession()
      .on('from pg_replication_slots', recordedQuery('slots'))
      .on("application_name in ('gausscast:b_serial', 'gausscast:cat_slot')", NOBODY);
    const slots = await readSlots(session, null);
    expect(slots).toHaveLength(6);
    expect(slots.find((one) => one.slot === 'b_serial')).toEqual({
      slot: 'b_serial',
      plugin: 'mppdb_decoding',
      slotType: 'logical',
      database: 'factdb',
      active: true,
      pid: null,
      confirmedLsn: parseLsn('0/2808410'),
      restartLsn: parseLsn('0/2808390'),
      retainedWalBytes: 2_772_576,
      walStatus: null,
    });
  });

  it('tells the pid of an own reader where the role may see it, without rounding', async () => {
    const session = new ScriptedSession()
      .on('from pg_replication_slots', recordedQuery('slots'))
      .on('from pg_stat_activity', wire('pid:20 application_name', ['140619745842880', 'gausscast:cat_slot']));
    const slots = await readSlots(session, null);
    expect(slots.filter((one) => one.pid !== null)).toMatchObject([{ slot: 'cat_slot', pid: 140_619_745_842_880 }]);
  });

  it('knows no confirmed position where the view has none, or an empty one', async () => {
    const old = withoutColumn(recordedQuery('slots'), 'confirmed_flush');
    const session = new ScriptedSession().on('pg_replication_slots', old).on('pg_stat_activity', NOBODY);
    expect((await readSlots(session, null))[0]).toMatchObject({
      confirmedLsn: null,
      restartLsn: parseLsn('0/287CE48'),
    });
    const row = ['csn', 'mppdb_decoding', 'logical', 'db', 'f', '0/100', '', null];
    const columns = 'slot_name plugin slot_type database active:16 restart_lsn confirmed_flush retained_bytes:1700';
    const counted = new ScriptedSession().on('pg_replication_slots', wire(columns, row));
    expect(await readSlots(counted, 'csn')).toMatchObject([{ confirmedLsn: null, retainedWalBytes: null }]);
  });
});

describe('dropSlot', () => {
  async function drop(answers: readonly (WireResult | Error)[]) {
    const waits: number[] = [];
    const queue = [...answers];
    const sql = new ScriptedSession().on('pg_drop_replication_slot', () => queue.shift() ?? BUSY);
    const withReplication = () => Promise.reject(new Error('not needed'));
    const wait = async (ms: number) => waits.push(ms);
    return { dropped: dropSlot({ sql, withReplication, wait }, "it's"), sql, waits };
  }

  it('is true for a slot, false for none', async () => {
    const one = await drop([wire('pg_drop_replication_slot', [''])]);
    expect(await one.dropped).toBe(true);
    expect(one.sql.asked).toEqual(["SELECT pg_drop_replication_slot('it''s')"]);
    const none = await drop([sqlError('42704', 'replication slot "s" does not exist')]);
    expect(await none.dropped).toBe(false);
  });

  it('waits a moment for a stream that has just ended', async () => {
    const { dropped, waits } = await drop([BUSY, BUSY, wire('x')]);
    expect(await dropped).toBe(true);
    expect(waits).toEqual([100, 100]);
  });

  it('gives up when the slot stays in use, with SQL that needs no pid column', async () => {
    const { dropped, waits } = await drop([]);
    await expect(dropped).rejects.toMatchObject({ code: 'SLOT_IN_USE', sql: dropSlotSql("it's", null) });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(2_000);
  });

  it('passes on a refusal with the statement to run, and a lost connection as what it is', async () => {
    const refused = await drop([sqlError('42501', 'must be system admin or replication role')]);
    await expect(refused.dropped).rejects.toMatchObject({
      code: 'SLOT_DROP_FAILED',
      sql: ["SELECT pg_drop_replication_slot('it''s');"],
    });
    const lost = await drop([sqlError('ECONNRESET', 'read ECONNRESET')]);
    await expect(lost.dropped).rejects.toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
  });
});

describe('dropSlotSql', () => {
  it('finds the reader by its application name, or ends the one known', () => {
    expect(dropSlotSql('orders', null)).toEqual([
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gausscast:orders';",
      "SELECT pg_drop_replication_slot('orders');",
    ]);
    expect(dropSlotSql('orders', 140_619_745_842_880)[0]).toBe('SELECT pg_terminate_backend(140619745842880);');
  });
});
