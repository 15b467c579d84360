import { describe, expect, it } from 'vitest';
import { recordedQuery, ScriptedSession, sqlError, wire } from '../../../test/support/scripted-session.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { catalogReads } from './catalog.ts';
import { SERVER, SERVER_KIND, WAL_POSITIONS, WORKING_VERSION } from './server-facts.ts';

const POSITIONS = 'written inserted settle_ms:23';

function server(functions = recordedQuery('serverKind')): ScriptedSession {
  return new ScriptedSession()
    .on(SERVER, recordedQuery('server'))
    .on(SERVER_KIND, functions)
    .on(WORKING_VERSION, wire('working_version_num:23', ['93060']))
    .on(WAL_POSITIONS, wire(POSITIONS, ['0/2AD3788', '0/2AD4458', '700']));
}

describe('facts of an openGauss server', () => {
  it('come from the recorded queries and a replication session', async () => {
    expect(await catalogReads(server(), async () => '215046882207046390').facts()).toEqual({
      systemId: '215046882207046390',
      version: expect.stringContaining('openGauss-lite 7.0.0-RC2'),
      versionNumber: 93_060,
      currentLsn: parseLsn('0/2AD3788'),
      database: 'factdb',
    });
  });

  it('hold no version number where the server has no function for it', async () => {
    const session = server(wire('proname', ['pg_current_xlog_location']));
    expect(await catalogReads(session, async () => '1').facts()).toMatchObject({ versionNumber: 0 });
    expect(session.count('working_version_num() as')).toBe(0);
  });

  it('fail with a classified error', async () => {
    const denied = async () => {
      throw sqlError('42501', 'must be system admin or replication role');
    };
    await expect(catalogReads(server(), denied).facts()).rejects.toMatchObject({ code: 'SOURCE_PERMISSION' });
  });
});

describe('position behind everything committed', () => {
  it('is the insert position once the WAL writer has come that far', async () => {
    const written = ['0/100', '0/180', '0/220'];
    const session = new ScriptedSession().on(WAL_POSITIONS, () =>
      wire(POSITIONS, [written.shift() ?? '0/220', '0/200', '60000']),
    );
    expect(await catalogReads(session, async () => '1').currentLsn()).toBe(parseLsn('0/200'));
    expect(session.asked).toHaveLength(3);
  });

  it('is the written position when the rest stays unwritten for longer than a commit can', async () => {
    const session = new ScriptedSession().on(WAL_POSITIONS, wire(POSITIONS, ['0/100', '0/200', '20']));
    expect(await catalogReads(session, async () => '1').currentLsn()).toBe(parseLsn('0/100'));
  });
});
