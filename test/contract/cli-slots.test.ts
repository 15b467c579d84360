import { describe, expect, it } from 'vitest';
import type { Wiring } from '../../src/cli/wiring.ts';
import { parseLsn } from '../../src/domain/lsn.ts';
import type { SlotAdmin, SlotInfo, SourceDriver } from '../../src/source/source.ts';
import { CLEANUP } from './api-fake-tasks.ts';
import { openCli } from './cli-harness.ts';

describe('gausscast slot --task', () => {
  it('lists slots', async () => {
    const { code, stdout } = await (await openCli()).run('slot', 'list', '--task', 'x');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^default +s1 +pgoutput +yes \(7\) +task +0\/10 +10 B$/m);
  });

  it('only tells what cleanup would drop, and drops with --yes', async () => {
    const cli = await openCli();
    const dry = await cli.run('slot', 'cleanup', '--task', 'x');
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('would drop slot s1 on default\n')]);
    expect(dry.stdout).toContain('repeat with --yes');
    const real = await cli.run('slot', 'cleanup', '--task', 'x', '--yes', '--json');
    expect([real.code, JSON.parse(real.stdout)]).toEqual([1, CLEANUP]);
    expect(cli.calls.map((call) => call.args[1])).toEqual([{ dryRun: true }, { dryRun: false }]);
  });

  it('drops a slot by its name', async () => {
    const cli = await openCli();
    expect((await cli.run('slot', 'drop', 's1', '--task', 'x')).code).toBe(0);
    expect(cli.calls).toEqual([{ method: 'dropSlot', args: ['x', 's1', 'user'] }]);
  });
});

const source = { dialect: 'postgres', host: 'db', port: 5432, database: 'shop', username: 'cdc' };
const files = {
  'source.json': JSON.stringify(source),
  'spec.json': JSON.stringify({ name: 'orders', source: { ...source, password: 'in-file' } }),
  'bad.json': JSON.stringify({ ...source, hots: 'x' }),
};
const env = { DB_PASSWORD: 'from-env' };

/** A database with these slots; remembers the endpoints it was reached by and what was dropped. */
function fakeDatabase(slots: SlotInfo[]) {
  const endpoints: unknown[] = [];
  const dropped: string[] = [];
  const admin: Partial<SlotAdmin> = {
    list: async () => slots.filter((slot) => !dropped.includes(slot.slot)),
    find: async (name) => slots.find((slot) => slot.slot === name && !dropped.includes(name)) ?? null,
    drop: async (name) => dropped.push(name) > 0,
    dropPublication: async () => true,
    close: async () => undefined,
  };
  const driver: Partial<SourceDriver> = {
    dropSlotSql: (slot, pid) => [`SELECT pg_terminate_backend(${pid});`, `SELECT pg_drop_replication_slot('${slot}');`],
    openSlotAdmin: async (endpoint) => {
      endpoints.push(endpoint);
      return admin as SlotAdmin;
    },
  };
  const wiring: Partial<Wiring> = {
    sourceDriver: async () => driver as SourceDriver,
    readInstallationId: async (dataDir) => (dataDir === './data' ? 'aaaaaaaa' : null),
  };
  return { wiring, endpoints, dropped };
}

function slot(name: string, active = false): SlotInfo {
  return {
    slot: name,
    plugin: 'pgoutput',
    slotType: 'logical',
    database: 'shop',
    active,
    pid: active ? 9 : null,
    confirmedLsn: parseLsn('0/10'),
    restartLsn: null,
    retainedWalBytes: 2048,
    walStatus: null,
  };
}

describe('gausscast slot --source', () => {
  it.each(['source.json', 'spec.json'])('lists slots of %s without a service', async (file) => {
    const { wiring, endpoints } = fakeDatabase([slot('other')]);
    const cli = await openCli({ files, env, wiring, fetch: () => Promise.reject(new Error('no service')) });
    const result = await cli.run('slot', 'list', '--source', file, '--set-password-from-env', 'DB_PASSWORD', '--json');
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(JSON.parse(result.stdout).slots).toEqual([expect.objectContaining({ slot: 'other', owner: 'foreign' })]);
    expect(endpoints[0]).toMatchObject({ host: 'db', password: 'from-env' });
  });

  it('only lists without --yes, and drops inactive generated slots with it', async () => {
    const [first, second] = ['gausscast_aaaaaaaa_abcdefghijkl', 'gausscast_bbbbbbbb_abcdefghijkl'];
    const { wiring, dropped } = fakeDatabase([slot(first), slot(second), slot('other')]);
    const cli = await openCli({ files, wiring });
    const dry = await cli.run('slot', 'cleanup', '--source', 'spec.json');
    expect([dry.code, dropped]).toEqual([0, []]);
    expect(dry.stdout).toContain(`would drop slot ${first}`);
    expect(dry.stdout).not.toContain('other');
    const mine = await cli.run('slot', 'cleanup', '--source', 'spec.json', '--yes', '--data-dir', './data');
    expect([mine.code, dropped]).toEqual([0, [first]]);
    await cli.run('slot', 'cleanup', '--source', 'spec.json', '--yes');
    expect(dropped).toEqual([first, second]);
  });

  it('drops by name: 4 when there is none, 3 with the SQL when it is in use', async () => {
    const { wiring, dropped } = fakeDatabase([slot('idle'), slot('busy', true)]);
    const cli = await openCli({ files, wiring });
    expect((await cli.run('slot', 'drop', 'none', '--source', 'spec.json')).code).toBe(4);
    const busy = await cli.run('slot', 'drop', 'busy', '--source', 'spec.json');
    expect([busy.code, busy.stderr]).toEqual([3, expect.stringContaining('pg_terminate_backend(9)')]);
    expect((await cli.run('slot', 'drop', 'idle', '--source', 'spec.json')).stdout).toBe(
      'dropped slot idle on default\n',
    );
    expect(dropped).toEqual(['idle']);
  });

  it('names bad fields of the source and a data folder without a store', async () => {
    const { wiring } = fakeDatabase([]);
    const cli = await openCli({ files, wiring });
    const bad = await cli.run('slot', 'list', '--source', 'bad.json');
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('hots')]);
    const none = await cli.run('slot', 'cleanup', '--source', 'spec.json', '--data-dir', './none');
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('holds no Gausscast store')]);
  });
});
