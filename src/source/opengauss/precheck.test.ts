import { describe, expect, it } from 'vitest';
import { recordedQuery, ScriptedSession, sqlError, wire } from '../../../test/support/scripted-session.ts';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { CdcError } from '../../domain/errors.ts';
import type { SourcePrecheckRequest, SourceTable } from '../source.ts';
import { precheckOpenGauss, testOpenGaussConnection } from './precheck.ts';

const HA_PORT = sqlError('22023', 'replication should connect HA port in thread_pool');
const NO_HBA = sqlError(
  '28000',
  'no pg_hba.conf entry for replication connection from host "10.1.2.3", user "cdc", SSL off',
);

const endpoint: SourceEndpoint = {
  dialect: 'opengauss',
  host: 'db',
  port: 5432,
  database: 'factdb',
  username: 'cdc',
  password: 'secret',
};

class PrecheckSession extends ScriptedSession {
  closed = false;

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** The recorded server with its tables "Plain T" (key a, b) and colstore, and a MOT. The first answer that fits is given. */
function recordedServer(session = new PrecheckSession()): PrecheckSession {
  const tables = recordedQuery('tables');
  const rows = tables.rows.filter(([, table]) => table === 'Plain T' || table === 'colstore');
  const known = { ...tables, rows };
  return session
    .on('d.datcompatibility', recordedQuery('server'))
    .on("name in ('logical_sender_timeout'", wire('version name setting', ['openGauss 7.0.0', 'x', '30000']))
    .on('select version() as version', recordedQuery('server'))
    .on("'working_version_num'", recordedQuery('serverKind'))
    .on('select gs_deployment()', recordedQuery('deployment'))
    .on('from pgxc_node', recordedQuery('pgxcNode'))
    .on('as slots_used', recordedQuery('usage'))
    .on('as in_gs_role_replication', recordedQuery('role'))
    .on('pg_has_role(current_user', recordedQuery('roleByFunction'))
    .on('as client_address', wire('client_address can_create:16 separated_duties', ['10.1.2.3', 't', 'off']))
    .on("name in ('wal_level'", recordedQuery('settings'))
    .on("name in ('DateStyle'", wire('name setting source boot_val', ['bytea_output', 'hex', 'client', 'hex']))
    .on('from pg_db_role_setting', wire('setting'))
    .on('gs_get_parallel_decode_status', recordedQuery('parallelStatus'))
    .on('as can_write', wire('can_use:16 can_create:16 can_write:16', ['t', 't', null]))
    .on('from pg_replication_slots', recordedQuery('slots'))
    .on('application_name in', wire('pid:20 application_name'))
    .on('from pg_stat_activity', { ...recordedQuery('longTransactions'), rows: [] })
    .on('from pg_prepared_xacts', recordedQuery('preparedTransactions'))
    .on("c.relkind in ('r', 'v', 'm', 'f')", { ...known, rows: [...rows, MOT] })
    .on("c.relkind = 'f'", wire('schema table oid:20', ['cat', 'mot', '99001']))
    .on('as can_use_schema', accessOf(['24777', '24803', '99001']))
    .on('select * from pg_roles', wire('rolname rolkind', ['app', 'n']))
    .on('not i.indimmediate', wire('oid:20'))
    .on('generate_series', wire('oid:20 indisprimary:16 indisreplident:16 attname', key('a'), key('b')))
    .on('from pg_attribute', wire('oid:20 attname type_oid:20 atttypmod:23 type', column('a'), column('b')))
    .on('from pg_type', wire('oid:20 name typtype typcategory base:20', ['23', 'integer', 'b', 'N', '0']))
    .on('c.relpersistence', known);
}

function accessOf(oids: readonly string[]) {
  const columns = 'oid:20 can_use_schema:16 can_select:16 is_owner:16 owner owner_is_admin:16';
  return wire(columns, ...oids.map((oid) => [oid, 't', 'f', 'f', 'app', 'f']));
}

/** A row of the recorded query `tables`; the recorded server has no foreign table. */
const MOT = ['cat', 'mot', '99001', 'f', 'p', 'n', 'n', '0', null, 'f', 'f', null, 't'];

const key = (name: string) => ['24777', 't', 'f', name];
const column = (name: string) => ['24777', name, '23', '-1', 'integer'];

interface Given {
  readonly sql?: PrecheckSession | Error;
  /** What each login for replication meets, by port; a port that is not given refuses connections. */
  readonly replication?: Readonly<Record<number, PrecheckSession | Error>>;
  readonly request?: Partial<SourcePrecheckRequest>;
}

async function precheck({ sql = recordedServer(), replication, request }: Given = {}) {
  const logins: string[] = [];
  const open = async (session: PrecheckSession | Error) => {
    if (session instanceof Error) throw session;
    return session;
  };
  const ports = replication ?? { 5432: recordedServer(new PrecheckSession().on('IDENTIFY_SYSTEM')) };
  const sessions = {
    sql: ({ port }: SourceEndpoint) => {
      logins.push(`sql ${port}`);
      return open(sql);
    },
    replication: ({ port, replicationPort = port }: SourceEndpoint) => {
      logins.push(`replication ${replicationPort}`);
      return open(ports[replicationPort] ?? sqlError('ECONNREFUSED', 'connect ECONNREFUSED'));
    },
  };
  const result = await precheckOpenGauss({ ...BASE, ...request }, sessions);
  return { ...result, logins, byId: new Map(result.checks.map((check) => [check.id, check])) };
}

function pick(...names: readonly string[]): SourcePrecheckRequest['select'] {
  return (all: readonly SourceTable[]) => ({ tables: all.filter((one) => names.includes(one.table)), unmatched: [] });
}

const BASE: SourcePrecheckRequest = {
  endpoint,
  slot: 'gausscast_orders',
  slotOwned: false,
  userPublication: null,
  managedPublication: 'gausscast_orders',
  decoding: {},
  heartbeat: { schema: 'public', create: true, intervalMs: 10_000 },
  select: pick('Plain T'),
};

describe('precheckOpenGauss', () => {
  it('runs every check of a server that is ready over two sessions', async () => {
    const { checks, tables, logins } = await precheck();
    expect(checks.filter((check) => check.status !== 'PASSED').map((check) => check.id)).toEqual(['old-rows']);
    expect(checks.map((check) => check.id)).toEqual([
      'source-reachable',
      'source-login',
      'source-dialect',
      'source-primary',
      'database-encoding',
      'compatibility-mode',
      'wal-level',
      'replication-role',
      'free-slots',
      'free-wal-senders',
      'replication-connection',
      'slot-log',
      'sender-timeout',
      'wal-retention',
      'decode-defaults',
      'parallel-decoding',
      'cell-settings',
      'heartbeat-table',
      'slot-name',
      'long-transactions',
      'objects-exist',
      'table-privileges',
      'table-kinds',
      'unlogged-tables',
      'replica-identity',
      'old-rows',
      'column-types',
      'table-names',
    ]);
    expect(tables.map((table) => table.table)).toEqual(['Plain T']);
    expect(logins).toEqual(['sql 5432', 'replication 5432']);
  });

  it('leaves out what serial decoding has no use for', async () => {
    const { byId } = await precheck({ request: { decoding: { mode: 'serial' } } });
    expect(byId.has('decode-defaults')).toBe(true);
    for (const id of ['parallel-decoding', 'cell-settings', 'heartbeat-table']) expect(byId.has(id)).toBe(false);
  });

  it('checks the publication instead of names where pgoutput decodes', async () => {
    const role = { ...recordedQuery('role'), rows: [['cdc', 't', 't', 'f', 'f', null, 'f']] };
    const sql = recordedServer(new PrecheckSession().on('as in_gs_role_replication', role));
    const { byId } = await precheck({ sql, request: { decoding: { plugin: 'pgoutput' } } });
    expect(byId.get('publication')).toMatchObject({ status: 'FAILED', sql: ['GRANT "app" TO "cdc";'] });
    for (const id of ['table-names', 'decode-defaults', 'heartbeat-table']) expect(byId.has(id)).toBe(false);
  });

  it('takes a server without publications as one that lacks the publication', async () => {
    const sql = recordedServer(new PrecheckSession().on('from pg_publication', sqlError('42P01', 'no relation')));
    const { byId } = await precheck({ sql, request: { decoding: { plugin: 'pgoutput' }, userPublication: 'mine' } });
    expect(byId.get('publication')).toMatchObject({ status: 'FAILED', message: 'There is no publication mine.' });
  });

  it('refuses tables that are never decoded instead of passing them over', async () => {
    const { byId, tables } = await precheck({ request: { select: pick('Plain T', 'colstore', 'mot') } });
    const cause = 'cat.colstore: column store, cat.mot: a foreign or memory-optimised (MOT) table.';
    expect(byId.get('table-kinds')).toMatchObject({ status: 'FAILED', cause });
    expect(byId.get('objects-exist')?.message).toBe('3 of 3 tables are selected.');
    expect(tables.map((table) => table.table)).toEqual(['Plain T', 'colstore']);
  });

  it('lets an independent role keep its tables', async () => {
    const sql = recordedServer(
      new PrecheckSession().on('select * from pg_roles', wire('rolname rolkind', ['app', 'i'])),
    );
    const { byId } = await precheck({ sql });
    expect(byId.get('table-kinds')?.cause).toBe('cat.Plain T: owned by an INDEPENDENT role.');
  });

  it('looks for long transactions over the replication session, which sees them all', async () => {
    const rows = recordedQuery('longTransactions').rows.map((row) => row.with(7, '301'));
    const seen = { ...recordedQuery('longTransactions'), rows };
    const session = recordedServer(new PrecheckSession().on('IDENTIFY_SYSTEM').on('from pg_stat_activity', seen));
    const { byId } = await precheck({ replication: { 5432: session } });
    expect(byId.get('long-transactions')?.message).toContain('pid 140619880060608 (cdc, blocker, 301 s)');
    expect(session.closed).toBe(true);
  });
});

describe('precheckOpenGauss: sessions', () => {
  it('tries a login once and says no more', async () => {
    const { checks, logins } = await precheck({ sql: sqlError('28P01', 'Invalid username/password,login denied.') });
    expect(checks.map((check) => `${check.id} ${check.status}`)).toEqual([
      'source-reachable PASSED',
      'source-login FAILED',
    ]);
    expect(logins).toEqual(['sql 5432']);
  });

  it('finds the HA port where the thread pool refuses the port itself', async () => {
    const ha = new PrecheckSession().on('IDENTIFY_SYSTEM');
    const { byId, logins } = await precheck({ replication: { 5432: HA_PORT, 5433: ha } });
    expect(byId.get('replication-connection')?.cure).toBe('Set source.replicationPort to 5433.');
    expect(logins).toEqual(['sql 5432', 'replication 5432', 'replication 5433']);
    expect(ha.closed).toBe(true);
  });

  it('keeps to the port the user named', async () => {
    const request = { endpoint: { ...endpoint, replicationPort: 6000 } };
    const { byId, logins } = await precheck({ request });
    expect(byId.get('replication-connection')?.status).toBe('FAILED');
    expect(logins).toEqual(['sql 5432', 'replication 6000']);
  });

  it('does not repeat a refused login at another port', async () => {
    const { byId, logins } = await precheck({ replication: { 5432: NO_HBA } });
    expect(byId.get('replication-connection')?.cure).toContain('host replication cdc 10.1.2.3/32 sha256');
    expect(logins).toEqual(['sql 5432', 'replication 5432']);
    expect(byId.get('long-transactions')?.status).toBe('PASSED');
  });

  it('does not log in for replication with a role that may not', async () => {
    const role = { ...recordedQuery('role'), rows: [['plainp', 't', 'f', 'f', 'f', null, 'f']] };
    const sql = recordedServer(
      new PrecheckSession()
        .on('as in_gs_role_replication', role)
        .on('pg_has_role(current_user', wire('member:16', ['f'])),
    );
    const { byId, logins } = await precheck({ sql });
    expect(byId.get('replication-role')?.status).toBe('FAILED');
    expect(logins).toEqual(['sql 5432']);
  });

  it.each([
    ['a member the view hides', ['m', 't', 'f', 'f', 'f', null, 'f'], 'off', 't', 'PASSED'],
    ['SYSADMIN', ['s', 't', 'f', 't', 'f', null, 'f'], 'off', 't', 'PASSED'],
    ['SYSADMIN where duties are separated', ['s', 't', 'f', 't', 'f', null, 'f'], 'on', 't', 'FAILED'],
  ])('judges %s', async (_what, row, separated, member, status) => {
    const sql = recordedServer(
      new PrecheckSession()
        .on('as in_gs_role_replication', { ...recordedQuery('role'), rows: [row] })
        .on('pg_has_role(current_user', wire('member:16', [member]))
        .on('as client_address', wire('client_address can_create:16 separated_duties', [null, 't', separated])),
    );
    expect((await precheck({ sql })).byId.get('replication-role')?.status).toBe(status);
  });

  it('keeps what it found when the connection breaks', async () => {
    const lost = new CdcError('SOURCE_CONNECTION_LOST', 'Connection terminated unexpectedly');
    const sql = recordedServer(new PrecheckSession().on('generate_series', lost));
    const { checks, tables } = await precheck({ sql });
    expect(checks.at(-1)).toMatchObject({ id: 'source-reachable', status: 'FAILED' });
    expect(checks.length).toBeGreaterThan(20);
    expect(tables).toEqual([]);
    expect(sql.closed).toBe(true);
  });
});

describe('testOpenGaussConnection', () => {
  it('stops after the kind of server', async () => {
    const session = recordedServer();
    const checks = await testOpenGaussConnection(endpoint, { sql: async () => session });
    expect(checks.map((check) => check.id)).toEqual(['source-reachable', 'source-login', 'source-dialect']);
    expect(session.closed).toBe(true);
  });

  it('names the right dialect', async () => {
    const gaussdb = { ...endpoint, dialect: 'gaussdb' as const };
    const checks = await testOpenGaussConnection(gaussdb, { sql: async () => recordedServer() });
    expect(checks.at(-1)).toMatchObject({ status: 'FAILED', cure: 'Set source.dialect to "opengauss".' });
  });
});
