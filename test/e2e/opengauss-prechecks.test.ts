import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_NODES, DEPLOYMENT } from '../../src/source/opengauss/precheck-facts.ts';
import { cli } from '../support/cli.ts';
import { exactly, select } from '../support/fake-opengauss/statement.ts';
import { expectFinding, type Finding, runAsAdministrator, serverWith, specOf } from '../support/opengauss-findings.ts';
import { addGaussSlot } from '../support/opengauss-holder.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';

const scenario = gaussScenarios('gausscheck');
const SERVER: Readonly<Record<string, Finding>> = {
  'wal_level is too low': {
    options: { settings: { wal_level: 'hot_standby' } },
    id: 'wal-level',
    status: 'FAILED',
    message: /hot_standby/,
    cause: /WAL does not hold/,
    cure: /restart the server/,
    sql: ["ALTER SYSTEM SET wal_level = 'logical';"],
  },
  'no slot is free': {
    options: { settings: { max_replication_slots: '1' } },
    given: (server) => addGaussSlot(server, 'users_own'),
    id: 'free-slots',
    status: 'FAILED',
    message: /1 of 1 replication slots are used: none is free/,
    cause: /Not in use now: users_own/,
    cure: /restart the server, or drop a slot/,
    sql: ['ALTER SYSTEM SET max_replication_slots = 11;', "-- SELECT pg_drop_replication_slot('users_own');"],
  },
  'no walsender may be free': {
    options: { settings: { max_wal_senders: '1' } },
    given: (server) => {
      server.state.slots.find(addGaussSlot(server, 'users_own'))!.isActive = true;
    },
    id: 'free-wal-senders',
    status: 'ALARM',
    message: /At least 1 of 1 walsenders/,
    cause: /max_wal_senders is 1/,
    cure: /max_connections/,
    sql: ['ALTER SYSTEM SET max_wal_senders = 11;'],
  },
  'the role may not replicate': {
    role: { replication: false },
    id: 'replication-role',
    status: 'FAILED',
    message: /Role cdc may not replicate/,
    cause: /REPLICATION nor SYSADMIN.*gs_role_replication/,
    cure: /administrator/,
    sql: ['ALTER ROLE "cdc" WITH REPLICATION;'],
  },
  'a standby': {
    options: { isStandby: true },
    id: 'source-primary',
    status: 'FAILED',
    message: /standby/,
    cause: /cannot be written/,
    cure: /primary in source.host/,
  },
  'another encoding than UTF8': {
    options: { encoding: 'LATIN1' },
    id: 'database-encoding',
    status: 'FAILED',
    message: /shop is encoded in LATIN1/,
    cause: /UTF8 databases only/,
    cure: /ENCODING 'UTF8'/,
  },
  'enable_slot_log is off': {
    options: { settings: { enable_slot_log: 'off' } },
    id: 'slot-log',
    status: 'ALARM',
    message: /enable_slot_log is off/,
    cause: /failover/,
    cure: /gs_guc reload/,
    sql: ['ALTER DATABASE "shop" SET enable_slot_log = on;'],
  },
  'a server that never ends dead sessions': {
    options: { settings: { logical_sender_timeout: '0' } },
    id: 'sender-timeout',
    status: 'ALARM',
    message: /logical_sender_timeout is 0 ms/,
    cause: /never ends the session/,
    cure: /30 s/,
    sql: [`ALTER DATABASE "shop" SET logical_sender_timeout = '30s';`],
  },
  'WAL that is removed whatever slots need': {
    options: { settings: { max_size_xlog_force_prune: '2097152' } },
    id: 'wal-retention',
    status: 'ALARM',
    message: /only 2048 MB/,
    cause: /max_size_xlog_force_prune/,
    cure: /Turn it off/,
    sql: ['ALTER SYSTEM SET max_size_xlog_force_prune = 0;'],
  },
  'decoding options of the server': {
    options: { settings: { logical_decode_options_default: 'parallel-decode-num=8,max-txn-in-memory=10' } },
    id: 'decode-defaults',
    status: 'ALARM',
    message: /parallel-decode-num=8,max-txn-in-memory=10/,
    cause: /parallel-decode-num is always sent/,
    cure: /source.decoding.options/,
    sql: ["ALTER SYSTEM SET logical_decode_options_default = '';"],
  },
  'no parallel stream is left': {
    options: { settings: { max_replication_slots: '2' } },
    given: ({ state }) => {
      for (const slot of ['a', 'b']) state.parallelStreams.set(slot, { queued: 0 });
    },
    id: 'parallel-decoding',
    status: 'ALARM',
    message: /2 of 2 parallel streams run/,
    cause: /min\(max_replication_slots, 20\)/,
    cure: /"serial"/,
  },
  'cells in another form': {
    given: ({ state }) => state.databaseSettings.set('bytea_output', 'escape'),
    id: 'cell-settings',
    status: 'ALARM',
    message: /bytea_output is escape/,
    cause: /do not reach them/,
    cure: /"serial"/,
    sql: [`ALTER DATABASE "shop" SET bytea_output = 'hex';`],
  },
  'a coordinator of a distributed cluster': {
    given: (server) => server.answer({ matches: exactly(DATA_NODES), answer: () => select({ n: 'int8' }, [['3']]) }),
    id: 'source-dialect',
    status: 'FAILED',
    message: /coordinator.*3 data nodes/,
    cause: /on the data nodes/,
    cure: /primary data node/,
  },
  'one data node of a distributed cluster': {
    given: (server) =>
      server.answer({
        matches: exactly(DEPLOYMENT),
        answer: () => select({ gs_deployment: 'text' }, [['Distribute']]),
      }),
    id: 'source-dialect',
    status: 'ALARM',
    message: /one data node/,
    cause: /its own shard/,
    cure: /one task per primary data node/,
  },
  'transactions that are open for long': {
    given: (server) => {
      const transaction = { xid: 5n, user: 'app', applicationName: 'batch', query: 'insert', seconds: 300 };
      server.openTransaction({ pid: 77n, ...transaction });
      server.openTransaction({ pid: 78n, ...transaction, seconds: 299 });
    },
    id: 'long-transactions',
    status: 'ALARM',
    message: /: pid 77 \(app, batch, 300 s\)\./,
    cause: /in any database/,
    cure: /rolled back/,
    sql: ['SELECT pg_terminate_backend(77);'],
    isOnlyShown: true,
  },
};

const SLOT: Readonly<Record<string, Finding>> = {
  'that the server keeps for itself': {
    source: { slot: { name: 'gs_roach_mine' } },
    id: 'slot-name',
    status: 'FAILED',
    message: /no name for a replication slot/,
    cause: /begin with gs_roach/,
    cure: /source.slot.name/,
  },
  'of a slot for another plugin': {
    given: (server) => addGaussSlot(server, 'mine', 'test_decoding'),
    source: { slot: { name: 'mine' } },
    id: 'slot-name',
    status: 'FAILED',
    message: /slot mine exists already/,
    cause: /test_decoding, database shop, not in use/,
    cure: /drop the slot/,
    sql: ["SELECT pg_drop_replication_slot('mine');"],
  },
  'of a slot that is read': {
    given: (server) => {
      server.state.slots.find(addGaussSlot(server, 'mine'))!.isActive = true;
    },
    source: { slot: { name: 'mine' } },
    id: 'slot-name',
    status: 'FAILED',
    message: /slot mine exists already/,
    cause: /mppdb_decoding, database shop, in use/,
    cure: /drop the slot/,
    sql: ["SELECT pg_drop_replication_slot('mine');"],
    isOnlyShown: true,
  },
};

const entries = (findings: Readonly<Record<string, Finding>>) => Object.entries(findings);

describe('a precheck finds', () => {
  it.each(entries(SERVER))('%s', (_what, finding) => expectFinding(scenario, finding));
  it.each(entries(SLOT))('a slot name %s', (_what, finding) => expectFinding(scenario, finding));
});

describe('a precheck passes', () => {
  it.each<[what: string, given: Partial<Finding>]>([
    ['where the task may create its heartbeat table', {}],
    ['for a member of gs_role_replication', { role: { replication: false, inReplicationRole: true } }],
    ['for an administrator', { role: { replication: false, sysadmin: true } }],
    [
      'for a slot that waits to be read',
      { given: (server) => addGaussSlot(server, 'mine'), source: { slot: { name: 'mine' } } },
    ],
  ])('%s', async (_what, given) => {
    const gauss = await serverWith(scenario, given);
    const { id } = await gauss.api.create(specOf(gauss, given));
    const { status, checks } = await gauss.api.precheck(id);
    expect([status, checks.filter((check) => check.status !== 'PASSED')]).toEqual(['PASSED', []]);
    await gauss.api.start(id, {});
    await gauss.api.waitFor(id, 'INCREMENTAL');
    await gauss.api.finish(id);
  });

  it.each([
    ['A', /A \(Oracle\): '' is stored as NULL, and DATE is a timestamp; .*leading zero/],
    ['B', /B \(MySQL\): '' is not NULL, and DATE is a date/],
    ['PG', /PG \(PostgreSQL\): '' is not NULL, and DATE is a date/],
  ] as const)('and tells what compatibility mode %s means', async (compatibility, meaning) => {
    const gauss = await serverWith(scenario, { options: { compatibility } });
    const { id } = await gauss.api.create(specOf(gauss, {}));
    const { checks } = await gauss.api.precheck(id);
    expect(checks.find((check) => check.id === 'compatibility-mode')!.message).toMatch(meaning);
  });
});

it('the CLI shows the SQL, refuses the start, and starts when the SQL was run', async () => {
  const gauss = await serverWith(scenario, { role: { replication: false } });
  const folder = await mkdtemp(join(tmpdir(), 'gausscast-precheck-'));
  try {
    const spec = specOf(gauss, {});
    await writeFile(join(folder, 'task.json'), JSON.stringify(spec));
    const run = (...args: string[]) => cli(['task', ...args, '--server', gauss.service.url]);
    expect((await run('create', '-f', join(folder, 'task.json'))).code).toBe(0);
    const name = String(spec.name);
    const report = await run('precheck', name, '--wait');
    const sql = 'ALTER ROLE "cdc" WITH REPLICATION;';
    expect([report.code, report.stdout]).toEqual([3, expect.stringContaining(sql)]);
    expect((await run('start', name)).code).toBe(3);
    await runAsAdministrator(gauss.server, [sql]);
    expect((await run('precheck', name, '--wait')).code).toBe(0);
    expect((await run('start', name)).code).toBe(0);
    await gauss.api.waitFor(name, 'INCREMENTAL');
    expect((await run('stop', name, '--force')).code).toBe(0);
    expect(gauss.server.state.slots.all).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
