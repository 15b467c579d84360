import { describe, expect, it } from 'vitest';
import { ScriptedSession, wire } from '../../../test/support/scripted-session.ts';
import { loadShapes, ShapeDirectory } from './shapes.ts';

const TABLES = 'schema table oid:20 relpersistence:18 relreplident:18 parttype:18';
const TYPES = wire('oid:20 name schema', ['23', 'integer', 'pg_catalog'], ['1043', 'character varying', 'pg_catalog']);

/** A table t(a, b) in schemas one and two with this identity; primary key (b), identity index (a). */
function catalog(identity: string | null): ScriptedSession {
  const columns = ['1', '2'].flatMap((oid) => [
    [oid, 'a', '23', '-1', 'integer'],
    [oid, 'b', '1043', '14', 'character varying'],
  ]);
  const keys = ['1', '2'].flatMap((oid) => [
    [oid, 't', 'f', 'b'],
    [oid, 'f', 't', 'a'],
  ]);
  return new ScriptedSession()
    .on('c.parttype', wire(TABLES, ['one', 't', '1', 'p', identity, 'n'], ['two', 't', '2', 'p', identity, 'n']))
    .on('from pg_attribute', wire('oid:20 attname type_oid:20 atttypmod:23 type', ...columns))
    .on('from pg_index', wire('oid:20 indisprimary:16 indisreplident:16 attname', ...keys))
    .on('from pg_type', TYPES);
}

describe('loadShapes', () => {
  it.each([
    ['d', 'd', [false, true]],
    ['i', 'i', [true, false]],
    ['f', 'f', [true, true]],
    ['n', 'n', [false, false]],
    [null, 'n', [false, false]],
  ])('marks what old rows hold under identity %s', async (identity, shown, marked) => {
    const { tables } = await loadShapes(catalog(identity), null);
    expect(tables[0]?.relation.replicaIdentity).toBe(shown);
    expect(tables[0]?.relation.columns.map((column) => column.isIdentity)).toEqual(marked);
  });

  it('takes oid, modifiers and type names from the catalog, and only the tables asked for', async () => {
    const { tables, typeOids } = await loadShapes(catalog('d'), [{ schema: 'two', table: 't' }]);
    expect(tables).toEqual([
      {
        relation: {
          oid: 2,
          schema: 'two',
          table: 't',
          replicaIdentity: 'd',
          columns: [
            { name: 'a', typeOid: 23, typeModifier: -1, isIdentity: false },
            { name: 'b', typeOid: 1043, typeModifier: 14, isIdentity: true },
          ],
        },
        typeNames: ['integer', 'character varying'],
      },
    ]);
    expect(typeOids.get('integer')).toBe(23);
  });

  it('asks for no tables where none are wanted', async () => {
    const session = catalog('d');
    expect((await loadShapes(session, [])).tables).toEqual([]);
    expect(session.count('pg_class')).toBe(0);
  });

  it('knows types outside the path with and without their schema, unless that is ambiguous', async () => {
    const types = wire(
      'oid:20 name schema',
      ['23', 'integer', 'pg_catalog'],
      ['500', 'mood', 'public'],
      ['501', 'app.mood', 'app'],
      ['502', 'app.state[]', 'app'],
      ['503', 'app.kind', 'app'],
      ['504', '"Other".kind', '"Other"'],
    );
    const { typeOids } = await loadShapes(new ScriptedSession().on('from pg_type', types), []);
    expect(Object.fromEntries(typeOids)).toEqual({
      integer: 23,
      mood: 500,
      'public.mood': 500,
      'app.mood': 501,
      'app.state[]': 502,
      'state[]': 502,
      'app.kind': 503,
      '"Other".kind': 504,
    });
  });
});

describe('ShapeDirectory', () => {
  it('tells tables never asked for from tables that do not exist, and holds the stream meanwhile', async () => {
    const session = catalog('d');
    const held: Promise<void>[] = [];
    const directory = new ShapeDirectory({
      load: (tables) => loadShapes(session, tables),
      hold: (work) => held.push(work),
    });
    expect(directory.find('one', 't')).toBeUndefined();
    expect(directory.typeOid('integer')).toBe(0);
    directory.load('one', 't');
    directory.load('one', 'gone');
    await Promise.all(held);
    expect(held).toHaveLength(2);
    expect(directory.find('one', 't')?.relation.oid).toBe(1);
    expect(directory.find('one', 'gone')).toBeNull();
    expect(directory.find('two', 't')).toBeUndefined();
    expect(directory.typeOid('integer')).toBe(23);
  });

  it('forgets a table that is gone when it is asked for again', async () => {
    const answers = [await loadShapes(catalog('d'), null), { tables: [], typeOids: new Map() }];
    const directory = new ShapeDirectory({ load: async () => answers.shift()!, hold: () => undefined });
    await directory.refresh(null);
    expect(directory.find('two', 't')?.relation.oid).toBe(2);
    await directory.refresh([{ schema: 'two', table: 't' }]);
    expect(directory.find('two', 't')).toBeNull();
  });
});
