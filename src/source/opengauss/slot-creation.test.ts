import { describe, expect, it } from 'vitest';
import {
  recordedQuery,
  ScriptedSession,
  sqlError,
  type WireResult,
  wire,
} from '../../../test/support/scripted-session.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { LONG_TRANSACTIONS, PREPARED_TRANSACTIONS } from './blocking-transactions.ts';
import { createSlot, createSlotSql } from './slot-creation.ts';
import type { SqlSession } from './sql-session.ts';

const MADE = wire('slotname:19 xlog_position', ['e_u', '0/26B2DC0']);
const GONE = wire('slot_name');
const LEFT = wire('slot_name plugin slot_type database active:16 restart_lsn confirmed_flush retained_bytes', [
  'e_u',
  'mppdb_decoding',
  'logical',
  'factdb',
  'f',
  '0/1',
  '0/2',
  '0',
]);
const NO_PREPARED = recordedQuery('preparedTransactions');

interface Server {
  readonly created: WireResult | Error;
  /** What the slot view shows, look after look; the last answer stays. */
  readonly slots?: readonly WireResult[];
  readonly replication?: ScriptedSession | Error;
}

function create({ created, slots = [GONE], replication = new Error('no replication session') }: Server) {
  const looks = [...slots];
  const sql = new ScriptedSession()
    .on('statement_timeout')
    .on(createSlotSql('e_u', 'mppdb_decoding'), created)
    .on('from pg_replication_slots', () => (looks.length > 1 ? looks.shift()! : looks[0]!))
    .on(LONG_TRANSACTIONS, recordedQuery('longTransactions'))
    .on(PREPARED_TRANSACTIONS, NO_PREPARED)
    .on('pg_drop_replication_slot', wire('x', ['']));
  const withReplication = async <T>(use: (client: SqlSession) => Promise<T>): Promise<T> => {
    if (replication instanceof Error) throw replication;
    return use(replication);
  };
  return { sql, result: createSlot({ sql, withReplication, wait: async () => undefined }, 'e_u', 'mppdb_decoding') };
}

describe('createSlot', () => {
  it('returns the consistent point and bounds the wait by the server', async () => {
    const { sql, result } = create({ created: MADE });
    expect(await result).toBe(parseLsn('0/26B2DC0'));
    expect(sql.asked).toEqual([
      'set statement_timeout = 45000',
      "select * from pg_create_logical_replication_slot('e_u', 'mppdb_decoding')",
      'reset statement_timeout',
    ]);
  });

  it.each([
    ['42710', 'replication slot "e_a" already exists', 'SLOT_EXISTS'],
    ['53400', 'all replication slots are in use', 'SLOT_LIMIT'],
    ['42501', 'must be system admin or replication role', 'SOURCE_PERMISSION'],
    ['58P01', 'could not access file "x": No such file or directory', 'SOURCE_QUERY'],
  ])('turns %s into its code', async (state, message, code) => {
    await expect(create({ created: sqlError(state, message) }).result).rejects.toMatchObject({ code });
  });

  it.each([
    ['57014', 'canceling statement due to statement timeout'],
    ['YY003', 'Lock wait timeout: thread 1 waiting for ShareLock on transaction 2 after 3000.203 ms'],
  ])('names what blocks it after %s, as a replication session sees it', async (state, message) => {
    const prepared = wire('xid:28 gid prepared:1184 owner:19 database:19', ['9', "it's", null, 'cdc', 'factdb']);
    const replication = new ScriptedSession()
      .on(LONG_TRANSACTIONS, recordedQuery('longTransactions'))
      .on(PREPARED_TRANSACTIONS, prepared);
    const { sql, result } = create({ created: sqlError(state, message), replication });
    await expect(result).rejects.toMatchObject({
      code: 'SLOT_BLOCKED',
      message: expect.stringContaining('pid 140619880060608 (cdc, blocker, 1 s)'),
      data: { pids: [140_619_880_060_608, 140_619_628_406_464, null] },
      sql: [
        'SELECT pg_terminate_backend(140619880060608);',
        'SELECT pg_terminate_backend(140619628406464);',
        "ROLLBACK PREPARED 'it''s';",
      ],
    });
    expect(sql.count('pg_locks')).toBe(0);
  });

  it('names what the role itself sees where there is no replication session', async () => {
    const { result } = create({ created: sqlError('57014', 'canceling statement') });
    await expect(result).rejects.toMatchObject({
      code: 'SLOT_BLOCKED',
      sql: expect.arrayContaining([expect.any(String)]),
    });
  });

  it('proves that the half-made slot is gone', async () => {
    const { sql, result } = create({ created: sqlError('57014', 'canceling statement'), slots: [LEFT, LEFT, GONE] });
    await expect(result).rejects.toMatchObject({ code: 'SLOT_BLOCKED' });
    expect(sql.count('from pg_replication_slots')).toBe(3);
    expect(sql.count('pg_drop_replication_slot')).toBe(0);
  });

  it('drops a slot that was finished just before it was cancelled', async () => {
    const { sql, result } = create({ created: sqlError('57014', 'canceling statement'), slots: [LEFT] });
    await expect(result).rejects.toMatchObject({ code: 'SLOT_BLOCKED' });
    expect(sql.count('pg_drop_replication_slot')).toBe(1);
  });
});
