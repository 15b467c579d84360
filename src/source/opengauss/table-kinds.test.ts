import { describe, expect, it } from 'vitest';
import { recordedQuery, ScriptedSession, wire } from '../../../test/support/scripted-session.ts';
import { readTableKinds } from './table-kinds.ts';

const ordinary = {
  persistence: 'p',
  orientation: 'row',
  storageType: 'astore',
  isPartitioned: false,
  partitionStrategy: null,
  isIntervalPartitioned: false,
  isCompressed: false,
  isForeign: false,
  canSelect: true,
};

async function kindOf(table: string) {
  const session = new ScriptedSession().on("n.nspname in ('cat')", recordedQuery('tables'));
  return readTableKinds(session, [{ schema: 'cat', table }]);
}

describe('readTableKinds', () => {
  it.each([
    ['Plain T', 24777, {}],
    ['colstore', 24803, { orientation: 'column' }],
    ['ust', 24816, { storageType: 'ustore' }],
    ['unl', 24821, { persistence: 'u' }],
    ['gtt', 24824, { persistence: 'g' }],
    ['rowcompress', 24827, { isCompressed: true }],
    ['segm', 24830, {}],
    ['part_range', 24833, { isPartitioned: true, partitionStrategy: 'r' }],
    ['part_interval', 24839, { isPartitioned: true, partitionStrategy: 'i', isIntervalPartitioned: true }],
    ['part_sub', 24856, { isPartitioned: true, partitionStrategy: 'r' }],
  ])('reads the recorded table %s', async (table, oid, differences) => {
    expect(await kindOf(table)).toEqual([{ schema: 'cat', table, oid, ...ordinary, ...differences }]);
  });

  it('leaves out views, materialized views and tables that are gone', async () => {
    for (const name of ['vw', 'mv', 'gone']) expect(await kindOf(name)).toEqual([]);
  });

  it('shows foreign tables, compression in capitals and missing rights', async () => {
    const { fields } = recordedQuery('tables');
    const foreign = ['cat', 'mot', '1', 'f', 'p', 'n', 'n', '0', null, 'f', 'f', null, 'f'];
    const packed = ['cat', 'old', '2', 'r', 'p', 'd', 'n', '1', 'orientation=row,COMPRESSION=YES', 'f', 'f', null, 't'];
    const session = new ScriptedSession().on('pg_class', { fields, rows: [foreign, packed] });
    const wanted = ['mot', 'old'].map((table) => ({ schema: 'cat', table }));
    expect(await readTableKinds(session, wanted)).toMatchObject([
      { isForeign: true, isCompressed: false, canSelect: false },
      { isForeign: false, isCompressed: true },
    ]);
  });

  it('asks nothing for no tables', async () => {
    expect(await readTableKinds(new ScriptedSession().on('', wire('schema')), [])).toEqual([]);
  });
});
