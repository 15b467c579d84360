import { describe, expect, it } from 'vitest';
import { CdcError } from '../../domain/errors.ts';
import { SideSession } from './side-session.ts';

function setUp() {
  const world = { opened: 0, ended: 0, refusal: null as CdcError | null };
  const side = new SideSession(async () => {
    world.opened++;
    if (world.refusal !== null) throw world.refusal;
    return { query: async () => ({ rows: [], rowCount: 0 }), end: async () => void world.ended++ };
  });
  return { side, world };
}

describe('SideSession', () => {
  it('keeps one session and ends it with the stream', async () => {
    const { side, world } = setUp();
    await side.use((session) => session.query('a'));
    await side.use((session) => session.query('b'));
    await side.close();
    expect(world).toMatchObject({ opened: 1, ended: 1 });
    await expect(side.use((session) => session.query('c'))).rejects.toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
  });

  it('takes a fresh session after a failure', async () => {
    const { side, world } = setUp();
    const failing = side.use(() => Promise.reject(new CdcError('SOURCE_CONNECTION_LOST', 'gone')));
    await expect(failing).rejects.toMatchObject({ code: 'SOURCE_CONNECTION_LOST' });
    await side.use((session) => session.query('a'));
    expect(world).toMatchObject({ opened: 2, ended: 1 });
  });

  it('never logs in again once the login was refused', async () => {
    const { side, world } = setUp();
    world.refusal = new CdcError('SOURCE_AUTH', 'wrong password');
    await expect(side.use((session) => session.query('a'))).rejects.toMatchObject({ code: 'SOURCE_AUTH' });
    world.refusal = null;
    await expect(side.use((session) => session.query('a'))).rejects.toMatchObject({ code: 'SOURCE_AUTH' });
    expect(world.opened).toBe(1);
  });
});
