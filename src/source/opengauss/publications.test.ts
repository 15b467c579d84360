import { describe, expect, it } from 'vitest';
import { ScriptedSession, sqlError, wire } from '../../../test/support/scripted-session.ts';
import { createPublication, dropPublication, publicationExists } from './publications.ts';

const TABLES = [{ schema: 'My "S"', table: 't' }];

describe('publications of openGauss', () => {
  it('are created with exactly the tables given and no option that old versions refuse', async () => {
    const session = new ScriptedSession().on('CREATE PUBLICATION');
    await createPublication(session, 'p', TABLES);
    expect(session.asked).toEqual(['CREATE PUBLICATION "p" FOR TABLE "My ""S"""."t";']);
    await expect(createPublication(session, 'p', [])).rejects.toMatchObject({ code: 'OBJECTS_EMPTY' });
  });

  it('do not exist on a server without them', async () => {
    const session = new ScriptedSession().on('pg_publication', sqlError('42P01', 'relation does not exist'));
    expect(await publicationExists(session, 'p')).toBe(false);
    expect(await dropPublication(session, 'p')).toBe(false);
    expect(session.count('DROP')).toBe(0);
  });

  it('are dropped, or the statement is shown to who may', async () => {
    const found = () => new ScriptedSession().on('pg_publication where', wire('pubname:19', ['p']));
    const session = found().on('DROP PUBLICATION');
    expect(await dropPublication(session, 'p')).toBe(true);
    const denied = found().on('DROP', sqlError('42501', 'must be owner'));
    await expect(dropPublication(denied, 'p')).rejects.toMatchObject({
      code: 'SOURCE_PERMISSION',
      sql: ['DROP PUBLICATION IF EXISTS "p";'],
    });
  });
});
