import { setTimeout as delay } from 'node:timers/promises';
import { checkCellSettings } from '../precheck/cell-settings.ts';
import { checkCompatibilityMode } from '../precheck/compatibility-mode.ts';
import { checkDatabaseEncoding } from '../precheck/database-encoding.ts';
import { checkDecodeDefaults } from '../precheck/decode-defaults.ts';
import { checkFreeSlots } from '../precheck/free-slots.ts';
import type { GaussServerFacts } from '../precheck/gauss-facts.ts';
import { checkHeartbeatTable } from '../precheck/heartbeat-table.ts';
import { checkLogicalWalSenders } from '../precheck/logical-wal-senders.ts';
import { checkLongTransactions } from '../precheck/long-transactions.ts';
import { checkParallelDecoding, hasParallelDecoding } from '../precheck/parallel-decoding.ts';
import { checkPrimaryNode } from '../precheck/primary-node.ts';
import { checkReplicationPort } from '../precheck/replication-port.ts';
import { checkReplicationRole } from '../precheck/replication-role.ts';
import { checkSenderTimeout } from '../precheck/sender-timeout.ts';
import { checkSlotLog } from '../precheck/slot-log.ts';
import { checkSlotName } from '../precheck/slot-name.ts';
import { checkWalLevel } from '../precheck/wal-level.ts';
import { checkWalPruning } from '../precheck/wal-pruning.ts';
import type { SlotInfo } from '../source.ts';
import { listWritingTransactions } from './blocking-transactions.ts';
import { readCellSettings } from './cell-settings.ts';
import { type Decoding, fallbackOf, wantedDecoding } from './decoding.ts';
import { readParallelStreams } from './precheck-facts.ts';
import { readHeartbeatFacts } from './precheck-heartbeat.ts';
import { tryReplication } from './precheck-replication.ts';
import type { OpenSession } from './precheck-session.ts';
import { addCheck, type PrecheckUnderWay } from './precheck-under-way.ts';
import type { SlotSessions } from './slot-sessions.ts';
import { readSlots } from './slots.ts';
import { readStreamFacts } from './stream-facts.ts';

/** Checks of the server, the role and the way of decoding; adds to the report. */
export async function serverChecks(precheck: PrecheckUnderWay, server: GaussServerFacts): Promise<void> {
  const { request, session, checks } = precheck;
  const { settings } = server;
  const slots = await readSlots(session, null);
  const slot = slots.find((one) => one.slot === request.slot) ?? null;
  const role = checkReplicationRole({ ...server, isSuperuser: server.isAdmin }, 'opengauss');
  checks.push(checkPrimaryNode(server), checkDatabaseEncoding(server), checkCompatibilityMode(server));
  checks.push(checkWalLevel({ walLevel: settings.get('wal_level') ?? 'unknown' }), role);
  checks.push(checkFreeSlots({ ...server, inactiveSlots: inactiveOf(slots) }, slot !== null));
  checks.push(checkLogicalWalSenders(server, slots.filter(isActiveLogical).length));
  const replication = role.status === 'PASSED' ? await replicationCheck(precheck, server) : null;
  try {
    checks.push(checkSlotLog(server), checkSenderTimeout(server), checkWalPruning(settings));
    await decodingChecks(precheck, server);
    checks.push(slotNameCheck(precheck, slot));
    await addCheck(precheck, 'long-transactions', async () =>
      checkLongTransactions(await listWritingTransactions(slotSessions(session, replication))),
    );
  } finally {
    await replication?.close();
  }
}

/** Returns the open session, which sees what the role may not; null where none could be opened. */
async function replicationCheck(precheck: PrecheckUnderWay, server: GaussServerFacts): Promise<OpenSession | null> {
  const { request, sessions, checks } = precheck;
  const attempt = await tryReplication(sessions, request.endpoint);
  checks.push(checkReplicationPort(request.endpoint, { ...attempt, clientAddress: server.clientAddress }));
  return attempt.session;
}

async function decodingChecks(precheck: PrecheckUnderWay, server: GaussServerFacts): Promise<void> {
  const { request, session, checks } = precheck;
  const decoding = wantedDecoding(request.decoding);
  if (decoding.kind === 'pgoutput') return;
  checks.push(checkDecodeDefaults(server.settings));
  if (decoding.kind !== 'parallel' || !(await parallelCheck(precheck, server, decoding))) return;
  await addCheck(precheck, 'cell-settings', async () =>
    checkCellSettings(server.database, await readCellSettings(session)),
  );
  await addCheck(precheck, 'heartbeat-table', async () => {
    const facts = await readHeartbeatFacts(session, request.heartbeat.schema);
    return checkHeartbeatTable(request.heartbeat, server.role, facts);
  });
}

/** Tells whether the server knows parallel decoding at all. */
async function parallelCheck(
  { request, session, checks }: PrecheckUnderWay,
  server: GaussServerFacts,
  decoding: Decoding,
): Promise<boolean> {
  const { major } = await readStreamFacts(session);
  const streams = await readParallelStreams(session);
  const mayFallBack = fallbackOf(decoding, request.decoding) !== null;
  checks.push(checkParallelDecoding({ major, maxSlots: server.maxSlots, streams, mayFallBack }));
  return hasParallelDecoding(major);
}

function slotNameCheck({ request }: PrecheckUnderWay, existing: SlotInfo | null) {
  const usesPublication = wantedDecoding(request.decoding).kind === 'pgoutput';
  return checkSlotName(request.slot, {
    existing,
    isOwned: request.slotOwned,
    database: request.endpoint.database,
    plugin: usesPublication ? 'pgoutput' : 'mppdb_decoding',
    family: 'opengauss',
    makesPublication: usesPublication && request.userPublication === null,
  });
}

/** Where the replication session could not be opened it is not tried again: a refused login may count against the account. */
function slotSessions(sql: OpenSession, replication: OpenSession | null): SlotSessions {
  return { sql, withReplication: async (use) => use(replication ?? sql), wait: delay };
}

function isActiveLogical(slot: SlotInfo): boolean {
  return slot.active && slot.slotType === 'logical';
}

function inactiveOf(slots: readonly SlotInfo[]): readonly string[] {
  return slots.filter((slot) => !slot.active).map((slot) => slot.slot);
}
