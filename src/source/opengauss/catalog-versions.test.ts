import { describe, expect, it } from 'vitest';
import { ScriptedSession, wire } from '../../../test/support/scripted-session.ts';
import { readCatalogVersions } from './catalog-versions.ts';

describe('readCatalogVersions', () => {
  it('groups 64-bit transaction ids by table', async () => {
    const rows = [
      ['24777', '17633'],
      ['24786', '17640'],
      ['24777', '8589934600'],
    ];
    const session = new ScriptedSession().on("c.oid in ('24777', '24786', '9')", wire('oid:20 xid', ...rows));
    expect(await readCatalogVersions(session, [24_777, 24_786, 9])).toEqual(
      new Map([
        [24_777, [17_633, 8_589_934_600]],
        [24_786, [17_640]],
      ]),
    );
  });

  it('asks nothing for no tables', async () => {
    expect(await readCatalogVersions(new ScriptedSession(), [])).toEqual(new Map());
  });
});
