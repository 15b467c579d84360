import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Task } from '../support/api-client.ts';
import { lsnNumber } from '../support/caught-up.ts';
import { readAll } from '../support/consume.ts';
import type { Role } from '../support/fake-opengauss/model.ts';
import { ADMIN } from '../support/fake-opengauss/server.ts';
import { adminShutdown } from '../support/fake-opengauss/server-error.ts';
import type { GaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { eventually } from '../support/poll.ts';

const scenario = gaussScenarios('gausspass');
const T = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;
const RIGHT = randomBytes(12).toString('hex');
const WRONG = randomBytes(12).toString('hex');
const USER: Role = { ...ADMIN, password: RIGHT, sysadmin: false };

const insert = (id: number) => ({ op: 'INSERT', table: 'public.t', new: { id: String(id), v: 'x' } }) as const;
const failures = ({ server }: GaussScenario) => server.failedLogins(USER.name);
const keys = async ({ topic }: GaussScenario) => (await readAll([topic])).map(({ key }) => String(key));

async function withUser(): Promise<GaussScenario> {
  const gauss = await scenario({ roles: [USER] });
  gauss.server.table('public.t', T);
  return gauss;
}

/** A spec that logs in with the right password. */
const spec = (gauss: GaussScenario, source: object = {}) =>
  gauss.spec(['public.t'], { source: { password: RIGHT, ...source } });

/** Changes the password on the server. */
function setPassword({ server }: GaussScenario, password: string): void {
  server.state.roles.set(USER.name, { ...USER, password });
}

/** Looks at the task in all ways that a page in a browser does again and again. */
async function watch({ api }: GaussScenario, { id }: Task): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await api.progress(id);
    await api.get(id);
    await api.events(id);
    await api.fetch('GET', '/metrics');
  }
}

describe('a password that is wrong by the time it is used', () => {
  it('at the start: one login, START_FAILED, and nothing that looks at the task tries again', async () => {
    const gauss = await withUser();
    const { api, service } = gauss;
    const task = await api.create(spec(gauss));
    await api.precheck(task.id);
    setPassword(gauss, WRONG);
    await api.start(task.id);
    const failed = await api.waitFor(task.id, 'START_FAILED');
    expect(failed.lastError).toMatchObject({ code: 'SOURCE_AUTH', hint: expect.stringContaining('lock the account') });
    await watch(gauss, task);
    await service.terminate();
    await service.restart();
    await watch(gauss, task);
    expect(await api.get(task.id)).toMatchObject({ state: 'START_FAILED', lastError: { code: 'SOURCE_AUTH' } });
    expect(failures(gauss)).toBe(1);
    await api.remove(task.id);
  });

  it('while it streams: one login when the connection is cut, and none until it is corrected; nothing is lost', async () => {
    const gauss = await withUser();
    const { api, server, service } = gauss;
    const task = await api.run(spec(gauss));
    server.commit(insert(1));
    await gauss.caughtUp(task.id);
    await watch(gauss, task);
    setPassword(gauss, WRONG);
    server.cutAll();
    const failed = await api.waitFor(task.id, ['INCREMENTAL_FAILED', 'START_FAILED']);
    expect([failed.state, failed.lastError!.code]).toEqual(['INCREMENTAL_FAILED', 'SOURCE_AUTH']);
    expect(failures(gauss)).toBe(1);
    server.commit(insert(2));
    await watch(gauss, task);
    await service.kill9();
    await service.restart();
    await watch(gauss, task);
    expect(failures(gauss)).toBe(1);
    expect(await api.get(task.id)).toMatchObject({ state: 'INCREMENTAL_FAILED', lastError: { code: 'SOURCE_AUTH' } });

    // Whoever asks for it is the one who tries it.
    expect(await api.forceStop(task.id)).toMatchObject({ remainingSlots: [{ slot: task.slot }] });
    expect(failures(gauss)).toBe(2);
  });

  it('while it streams: the task goes on where it was when its password is corrected', async () => {
    const gauss = await withUser();
    const { api, server } = gauss;
    const { id } = await api.run(spec(gauss));
    server.commit(insert(1));
    await gauss.caughtUp(id);
    setPassword(gauss, WRONG);
    server.cutAll();
    await api.waitFor(id, 'INCREMENTAL_FAILED');
    server.commit(insert(2));
    await api.patch(id, { source: { password: WRONG } });
    expect((await api.precheck(id)).status).not.toBe('FAILED');
    await api.start(id);
    await api.waitFor(id, 'INCREMENTAL');
    await gauss.caughtUp(id);
    await api.finish(id);
    expect(await keys(gauss)).toEqual(['{"id":"1"}', '{"id":"2"}']);
  });

  it('for the session beside the stream: one login by each who needs one, while the stream goes on', async () => {
    const gauss = await withUser();
    const { api, server } = gauss;
    const heartbeat = { create: true, intervalSeconds: 1 };
    const task = await api.run(spec(gauss, { heartbeat }));
    server.commit(insert(0));
    await gauss.caughtUp(task.id);
    setPassword(gauss, WRONG);
    for (const session of server.sessions.filter((one) => !one.isReplication)) session.terminate(adminShutdown());
    // WAL of others piles up, so a heartbeat is wanted every second; keepalives tell the new position about as often.
    const grow = () => {
      server.state.wal.grow(2_000_000n);
      const end = server.state.wal.end;
      return eventually(
        'a keepalive',
        async () => lsnNumber((await api.progress(task.id)).streams[0]!.serverLsn!) >= end,
      );
    };
    await grow();
    // One by the heartbeat, one by the progress page.
    await eventually('both to be refused', async () => {
      await api.progress(task.id);
      return failures(gauss) === 2;
    });
    for (let i = 0; i < 4; i++) await grow();
    server.commit(insert(1));
    await gauss.caughtUp(task.id);
    await watch(gauss, task);
    expect(await keys(gauss)).toEqual(['{"id":"0"}', '{"id":"1"}']);
    expect(failures(gauss)).toBe(2);
  });
});

it('no password was ever shown', async () => {
  const { service } = await scenario();
  const said = [...service.logs, ...service.api.seen].join('\n');
  expect(said.length).toBeGreaterThan(10_000);
  for (const secret of [RIGHT, WRONG]) expect(said.includes(secret)).toBe(false);
});
