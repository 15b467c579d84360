import { describe, expect, it } from 'vitest';
import type { Task } from '../support/api-client.ts';
import { readAll } from '../support/consume.ts';
import { ADMIN, type FakeOpenGauss } from '../support/fake-opengauss/server.ts';
import type { FakeOptions } from '../support/fake-opengauss/state.ts';
import { addGaussSlot } from '../support/opengauss-holder.ts';
import type { GaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { eventually } from '../support/poll.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const scenario = gaussScenarios('gausslost');
/** No more rights than a task needs. */
const PLAIN = { ...ADMIN, sysadmin: false };
const T = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;

const insert = (id: number) => ({ op: 'INSERT', table: 'public.t', new: { id: String(id), v: 'x' } }) as const;

async function withTable(options: FakeOptions = {}): Promise<GaussScenario> {
  const gauss = await scenario({ roles: [PLAIN], ...options });
  gauss.server.table('public.t', T);
  return gauss;
}

const slotsOf = ({ server }: GaussScenario) => server.state.slots.all.map(({ name }) => name);
const isIdle = ({ server }: GaussScenario, slot: string) =>
  eventually(`slot ${slot} to be free`, () => server.state.slots.find(slot)?.isActive === false);

describe('a slot that was tampered with', () => {
  /** Runs a task until one change is published, does something to its slot while the service is away, and starts it again. */
  async function tampered(gauss: GaussScenario, tamper: (task: Task) => void, port = gauss.server.port): Promise<Task> {
    const { api, server, service, topic } = gauss;
    const task = await api.run(gauss.spec(['public.t'], { source: { port } }));
    server.commit(insert(1));
    await gauss.caughtUp(task.id);
    await service.terminate();
    await isIdle(gauss, task.slot);
    server.commit(insert(2));
    tamper(task);
    await service.restart();
    const failed = await api.waitFor(task.id, 'INCREMENTAL_FAILED');
    expect(failed.lastError).toMatchObject({ code: 'SLOT_LOST', hint: expect.stringContaining('anew') });
    expect((await readAll([topic])).map(({ key }) => String(key))).toEqual(['{"id":"1"}']);
    return failed;
  }

  it.each<[how: string, (server: FakeOpenGauss, slot: string) => void, reason: RegExp]>([
    ['dropped', ({ state }, slot) => state.slots.drop(slot), /does not exist any more/],
    ['advanced', ({ state }, slot) => state.slots.advance(slot, state.wal.end, state.wal.end), /advanced to/],
    [
      'made anew with another plugin',
      (server, slot) => {
        server.state.slots.drop(slot);
        addGaussSlot(server, slot, 'test_decoding');
      },
      /another plugin/,
    ],
  ])('is noticed when it was %s: the task stops instead of skipping what is between', async (_how, tamper, reason) => {
    const gauss = await withTable();
    const { api } = gauss;
    const { id, lastError } = await tampered(gauss, ({ slot }) => tamper(gauss.server, slot));
    expect(lastError!.message).toMatch(reason);
    expect(await api.forceStop(id)).toMatchObject({ task: { state: 'COMPLETED' }, remainingSlots: [] });
    expect(slotsOf(gauss)).toEqual([]);
  });

  it('is noticed when another server answers in place of the one before', async () => {
    const gauss = await withTable();
    const { server: other } = await withTable({ systemId: '7000000000000000001' });
    const proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: gauss.server.port } });
    try {
      const change = ({ slot }: Task) => {
        addGaussSlot(other, slot);
        proxy.target = { host: '127.0.0.1', port: other.port };
      };
      const { lastError } = await tampered(gauss, change, proxy.port);
      expect(lastError!.message).toMatch(/another server/);
    } finally {
      await proxy.close();
    }
  });

  it('is noticed too when that happens while the task streams', async () => {
    const gauss = await withTable();
    const { api, server } = gauss;
    const { id, slot } = await api.run(gauss.spec(['public.t'], { retry: { initialDelayMs: 2000 } }));
    server.cutAll();
    await isIdle(gauss, slot);
    server.state.slots.drop(slot);
    expect((await api.waitFor(id, 'INCREMENTAL_FAILED')).lastError).toMatchObject({ code: 'SLOT_LOST' });
  });
});

describe('the slot of a task', () => {
  it('is not made while transactions write: the start names them, and works when they have ended', async () => {
    const gauss = await withTable({ settings: { lockwait_timeout: '50' } });
    const { api, server } = gauss;
    const { id } = await api.create(gauss.spec(['public.t'], { retry: { maxAttempts: 0 } }));
    await api.precheck(id);
    const end = server.openTransaction({ pid: 77n, xid: 5n, user: 'app', applicationName: 'batch', query: 'insert' });
    await api.start(id);
    const { lastError } = await api.waitFor(id, 'START_FAILED');
    expect(lastError).toMatchObject({ code: 'SLOT_BLOCKED', message: expect.stringContaining('pid 77 (app, batch') });
    expect(JSON.stringify(lastError)).toContain('pg_terminate_backend(77)');
    expect(slotsOf(gauss)).toEqual([]);
    end();
    await api.start(id);
    await api.waitFor(id, 'INCREMENTAL');
    await api.finish(id);
  });

  it('may be one of the user: it is read from its own position, and stays', async () => {
    const gauss = await withTable();
    const { api, server, topic } = gauss;
    addGaussSlot(server, 'users_own');
    server.commit(insert(1));
    const task = await api.run(gauss.spec(['public.t'], { source: { slot: { name: 'users_own' } } }));
    expect(task.slot).toBe('users_own');
    await api.finish(task.id);
    expect((await readAll([topic])).map(({ key }) => String(key))).toEqual(['{"id":"1"}']);
    expect(slotsOf(gauss)).toEqual(['users_own']);
    await api.remove(task.id);
  });
});
