import type pg from 'pg';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import type { CdcError } from '../../domain/errors.ts';
import type { CheckResult } from '../../domain/task.ts';
import { brokenOff, connectionChecks } from '../precheck/connection.ts';
import type { ServerFactsForCheck } from '../precheck/facts.ts';
import { checkFreeSlots } from '../precheck/free-slots.ts';
import { checkFreeWalSenders } from '../precheck/free-wal-senders.ts';
import { checkLongTransactions } from '../precheck/long-transactions.ts';
import { checkManagedPublication } from '../precheck/managed-publication.ts';
import { checkObjectsExist } from '../precheck/objects-exist.ts';
import { checkOldRows, checkReplicaIdentity } from '../precheck/replica-identity.ts';
import { checkReplicationConnection } from '../precheck/replication-connection.ts';
import { checkReplicationRole } from '../precheck/replication-role.ts';
import { checkServerKind } from '../precheck/server-kind.ts';
import { checkSlotName } from '../precheck/slot-name.ts';
import { checkStandby } from '../precheck/standby.ts';
import { checkTablePrivileges } from '../precheck/table-privileges.ts';
import { checkUnloggedTables } from '../precheck/unlogged-tables.ts';
import { checkUserPublication } from '../precheck/user-publication.ts';
import { checkWalLevel } from '../precheck/wal-level.ts';
import { checkWalRetention } from '../precheck/wal-retention.ts';
import { closeClient } from '../session-client.ts';
import type { SourcePrecheckRequest, SourcePrecheckResult, SourceTable } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { listWritingTransactions } from './blocking-transactions.ts';
import { catalogOf } from './catalog.ts';
import { connect, connectReplication } from './client.ts';
import { readIdentities, readProduct, readPublication, readServerFacts, readTableAccess } from './precheck-facts.ts';
import { readSlots } from './slots.ts';

interface Precheck {
  readonly request: SourcePrecheckRequest;
  readonly client: pg.Client;
  /** The report so far; what was found stays when a later step breaks off. */
  readonly checks: CheckResult[];
}

/**
 * All checks of a PostgreSQL source. One login with the given password; a second session (replication) is opened only after
 * that one worked. Checks that an earlier failure makes impossible are left out. Never throws.
 */
export async function precheckPostgres(request: SourcePrecheckRequest): Promise<SourcePrecheckResult> {
  const attempt = await tryConnect(request.endpoint, connect);
  const checks = [...connectionChecks(request.endpoint, attempt.error)];
  if (attempt.client === null) return { checks, tables: [] };
  const precheck: Precheck = { request, client: attempt.client, checks };
  try {
    const isPostgres = await serverKind(precheck);
    return { checks, tables: isPostgres ? await allChecks(precheck) : [] };
  } catch (error) {
    checks.push(brokenOff(toSourceError(error)));
    return { checks, tables: [] };
  } finally {
    await closeClient(attempt.client);
  }
}

/** Reachability, TLS, login and kind of server. Never throws. */
export async function testPostgresConnection(endpoint: SourceEndpoint): Promise<readonly CheckResult[]> {
  const attempt = await tryConnect(endpoint, connect);
  const checks = [...connectionChecks(endpoint, attempt.error)];
  if (attempt.client === null) return checks;
  try {
    checks.push(checkServerKind(await readProduct(attempt.client)));
  } catch (error) {
    checks.push(brokenOff(toSourceError(error)));
  } finally {
    await closeClient(attempt.client);
  }
  return checks;
}

async function serverKind({ client, checks }: Precheck): Promise<boolean> {
  const check = checkServerKind(await readProduct(client));
  checks.push(check);
  return check.status === 'PASSED';
}

async function allChecks(precheck: Precheck): Promise<readonly SourceTable[]> {
  const server = await readServerFacts(precheck.client);
  await serverChecks(precheck, server);
  return objectChecks(precheck, server);
}

async function serverChecks({ request, client, checks }: Precheck, server: ServerFactsForCheck): Promise<void> {
  const slot = (await readSlots(client, request.slot))[0] ?? null;
  const role = checkReplicationRole(server);
  const senders = checkFreeWalSenders(server);
  checks.push(checkStandby(server, request.userPublication), checkWalLevel(server), role);
  checks.push(checkFreeSlots(server, slot !== null), senders);
  if (role.status === 'PASSED' && senders.status === 'PASSED') {
    checks.push(checkReplicationConnection(request.endpoint, await tryReplication(request.endpoint)));
  }
  const slotFacts = {
    existing: slot,
    isOwned: request.slotOwned,
    database: request.endpoint.database,
    plugin: 'pgoutput',
    family: 'postgres',
    makesPublication: request.userPublication === null,
  } as const;
  checks.push(checkWalRetention(server), checkSlotName(request.slot, slotFacts));
  checks.push(checkLongTransactions(await listWritingTransactions(client)));
}

async function objectChecks(precheck: Precheck, server: ServerFactsForCheck): Promise<readonly SourceTable[]> {
  const { request, client, checks } = precheck;
  const all = await catalogOf(client).listTables();
  const selected = request.select(all);
  checks.push(checkObjectsExist(selected, all));
  if (selected.tables.length === 0) return [];
  const access = await readTableAccess(client, selected.tables);
  const identities = await readIdentities(client, selected.tables);
  checks.push(checkTablePrivileges(server.role, access), checkUnloggedTables(identities));
  checks.push(checkReplicaIdentity(identities), checkOldRows(identities));
  const { userPublication, managedPublication } = request;
  checks.push(
    userPublication === null
      ? checkManagedPublication(managedPublication, server, access)
      : checkUserPublication(userPublication, await readPublication(client, userPublication), selected.tables),
  );
  return selected.tables;
}

/** Opens and closes a walsender session; null: it worked. */
async function tryReplication(endpoint: SourceEndpoint): Promise<CdcError | null> {
  const attempt = await tryConnect(endpoint, connectReplication);
  if (attempt.client === null) return attempt.error;
  try {
    await attempt.client.query('IDENTIFY_SYSTEM');
    return null;
  } catch (error) {
    return toSourceError(error);
  } finally {
    await closeClient(attempt.client);
  }
}

type Attempt =
  | { readonly client: pg.Client; readonly error: null }
  | { readonly client: null; readonly error: CdcError };

async function tryConnect(
  endpoint: SourceEndpoint,
  open: (endpoint: SourceEndpoint) => Promise<pg.Client>,
): Promise<Attempt> {
  try {
    return { client: await open(endpoint), error: null };
  } catch (error) {
    return { client: null, error: toSourceError(error) };
  }
}
