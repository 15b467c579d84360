import type { GaussProductFacts, GaussServerFacts } from '../precheck/gauss-facts.ts';
import { DECODE_STATUS } from './decode-status.ts';
import { SERVER, SERVER_KIND } from './server-facts.ts';
import { type SqlSession, sqlState } from './sql-session.ts';

/** What every relative of PostgreSQL answers, so that the kind of server can be told first. */
export const PRODUCT = 'select version() as version';

/** Reference §5.4 `deployment` and `pgxcNode`. */
export const DEPLOYMENT = 'select gs_deployment()';
export const DATA_NODES = "select count(*) as n from pgxc_node where node_type = 'D'";

/** Reference §5.4 `settings`. */
export const SETTINGS =
  "select name, setting, unit, context from pg_settings where name in ('wal_level','max_replication_slots','max_wal_senders','enable_slot_log','logical_sender_timeout','wal_sender_timeout','logical_decode_options_default','wal_keep_segments','enable_xlog_prune','max_size_for_xlog_prune','max_size_xlog_force_prune','max_keep_log_seg','enable_thread_pool','port','session_timeout','lockwait_timeout','behavior_compat_options','TimeZone','DateStyle','ssl','max_changes_in_memory','max_prepared_transactions','enable_logical_replication_ddl') order by name";

/** Reference §5.4 `usage`. */
export const USAGE =
  "select (select count(*) from pg_replication_slots) as slots_used, current_setting('max_replication_slots')::int as slots_max, (select count(*) from pg_stat_get_wal_senders()) as wal_senders_seen, current_setting('max_wal_senders')::int as wal_senders_max";

/** Reference §5.4 `role`. */
export const ROLE =
  "select r.rolname, r.rolcanlogin, r.rolreplication, r.rolsystemadmin, r.rolsuper, r.rolvaliduntil, (select count(*) > 0 from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid and g.rolname = 'gs_role_replication') as in_gs_role_replication from pg_roles r where r.rolname = current_user";

/** Reference §5.4 `roleByFunction`: a role that is no administrator may see itself only in pg_roles, as its documentation says. */
export const ROLE_MEMBER = "select pg_has_role(current_user, 'gs_role_replication', 'member') as member";

/** Not in the reference, not run on a server. With separated duties SYSADMIN alone may not replicate (reference §2.6). */
export const SESSION =
  "select host(inet_client_addr()) as client_address, has_database_privilege(current_database(), 'CREATE') as can_create, (select setting from pg_settings where name = 'enableSeparationOfDuty') as separated_duties";

/** Right, table, function or role that is not there. */
const HIDDEN_OR_MISSING = new Set<unknown>(['42501', '42P01', '42883', '42704']);

interface ServerRow {
  readonly database: string;
  readonly compatibility: string;
  readonly encoding: string;
  readonly in_recovery: boolean;
}

interface UsageRow {
  readonly slots_used: string;
  readonly slots_max: number;
  readonly wal_senders_seen: string;
  readonly wal_senders_max: number;
}

interface RoleRow {
  readonly rolname: string;
  readonly rolreplication: boolean;
  readonly rolsystemadmin: boolean;
  readonly rolsuper: boolean;
  readonly in_gs_role_replication: boolean;
}

interface SessionRow {
  readonly client_address: string | null;
  readonly can_create: boolean;
  readonly separated_duties: string | null;
}

export async function readGaussProduct(client: SqlSession): Promise<GaussProductFacts> {
  const { version: product } = (await client.query<{ version: string }>(PRODUCT)).rows[0]!;
  const functions = (await client.query<{ proname: string }>(SERVER_KIND)).rows.map((row) => row.proname);
  const deployment = functions.includes('gs_deployment')
    ? (await client.query<{ gs_deployment: string }>(DEPLOYMENT)).rows[0]!.gs_deployment
    : null;
  const nodes = await readable<{ n: string }>(client, DATA_NODES);
  return { product, functions, deployment, dataNodes: nodes === null ? null : Number(nodes[0]!.n) };
}

export async function readGaussServer(client: SqlSession): Promise<GaussServerFacts> {
  const server = (await client.query<ServerRow>(SERVER)).rows[0]!;
  const usage = (await client.query<UsageRow>(USAGE)).rows[0]!;
  const role = (await client.query<RoleRow>(ROLE)).rows[0]!;
  const member = (await readable<{ member: boolean }>(client, ROLE_MEMBER))?.[0]?.member ?? false;
  const session = (await client.query<SessionRow>(SESSION)).rows[0]!;
  const settings = (await client.query<{ name: string; setting: string }>(SETTINGS)).rows;
  return {
    database: server.database,
    compatibility: server.compatibility,
    encoding: server.encoding,
    inRecovery: server.in_recovery,
    maxSlots: usage.slots_max,
    usedSlots: Number(usage.slots_used),
    maxWalSenders: usage.wal_senders_max,
    seenWalSenders: Number(usage.wal_senders_seen),
    role: role.rolname,
    isAdmin: role.rolsuper || (role.rolsystemadmin && session.separated_duties !== 'on'),
    // Administrators count as members of every role; what they may do is isAdmin's to say.
    canReplicate: role.rolreplication || role.in_gs_role_replication || (member && !role.rolsystemadmin),
    canCreateInDatabase: session.can_create,
    clientAddress: session.client_address,
    settings: new Map(settings.map((row) => [row.name, row.setting])),
  };
}

/** How many parallel streams run; null where the server has no view of them. */
export async function readParallelStreams(client: SqlSession): Promise<number | null> {
  return (await readable(client, DECODE_STATUS))?.length ?? null;
}

/** Rows of something not every version has and not every role may see; null where that is so. */
async function readable<R extends object>(client: SqlSession, sql: string): Promise<readonly R[] | null> {
  try {
    return (await client.query<R>(sql)).rows;
  } catch (error) {
    if (HIDDEN_OR_MISSING.has(sqlState(error))) return null;
    throw error;
  }
}
