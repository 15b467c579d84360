import { describe, expect, it } from 'vitest';
import { recordedQuery, ScriptedSession, type WireResult, wire } from '../../../test/support/scripted-session.ts';
import { listTables } from './table-list.ts';

const COLUMNS = 'oid:20 attname:19 type_oid:20 atttypmod:23 type';
const KEYS = 'oid:20 indisprimary:16 indisreplident:16 attname:19';

/** The recorded tables as the server returns them under the condition on relkind. */
function recordedTables(): WireResult {
  const { fields, rows } = recordedQuery('tables');
  const kind = fields.findIndex((field) => field.name === 'relkind');
  return { fields, rows: rows.filter((row) => row[kind] === 'r') };
}

function catalog(): ScriptedSession {
  return new ScriptedSession()
    .on('c.parttype', recordedTables())
    .on(
      'from pg_attribute',
      wire(
        COLUMNS,
        ['24777', 'b', '1043', '14', 'character varying'],
        ['24777', 'a', '23', '-1', 'integer'],
        ['24786', 'id', '23', '-1', 'integer'],
        ['24786', 'u', '25', '-1', 'text'],
      ),
    )
    .on('from pg_index', wire(KEYS, ['24777', 't', 'f', 'a'], ['24777', 't', 'f', 'b'], ['24786', 'f', 't', 'u']));
}

describe('listTables', () => {
  it('reads any number of tables with three statements, keys in key order', async () => {
    const session = catalog();
    const tables = await listTables(session);
    expect(session.asked).toHaveLength(3);
    expect(tables.find((one) => one.table === 'Plain T')).toEqual({
      oid: 24777,
      schema: 'cat',
      table: 'Plain T',
      kind: 'r',
      persistence: 'p',
      replicaIdentity: 'd',
      primaryKey: ['a', 'b'],
      identityColumns: [],
      columns: [
        { name: 'b', typeName: 'character varying' },
        { name: 'a', typeName: 'integer' },
      ],
    });
  });

  it.each([
    ['ident', { replicaIdentity: 'i', identityColumns: ['u'], primaryKey: [] }],
    ['full_ident', { replicaIdentity: 'f' }],
    ['nothing_ident', { replicaIdentity: 'n' }],
    ['part_range', { kind: 'p' }],
    ['part_sub', { kind: 'p' }],
    ['unl', { persistence: 'u', kind: 'r' }],
    ['gtt', { persistence: 'g' }],
  ])('shows %s as it is', async (name, expected) => {
    const tables = await listTables(catalog());
    expect(tables.find((one) => one.table === name)).toMatchObject(expected);
  });

  it('takes an unknown identity of an upgraded server for nothing', async () => {
    const row = ['s', 't', '20000', 'p', null, null];
    const session = new ScriptedSession()
      .on('c.parttype', wire('schema table oid:20 relpersistence:18 relreplident:18 parttype:18', row))
      .on('from pg_attribute', wire(COLUMNS))
      .on('from pg_index', wire(KEYS));
    expect(await listTables(session)).toMatchObject([{ replicaIdentity: 'n', kind: 'r' }]);
  });

  it('leaves out system schemas, session temporary tables and the heartbeat table', async () => {
    const session = catalog();
    await listTables(session);
    for (const statement of session.asked) {
      expect(statement).toContain("n.nspname !~ '^pg_'");
      expect(statement).toContain("'information_schema'");
      expect(statement).toContain("c.relpersistence <> 't'");
      expect(statement).toContain("c.relname <> 'gausscast_heartbeat'");
    }
  });
});
