import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { caughtUp, lsnNumber, slotRow } from '../support/caught-up.ts';
import { checkFinalState, checkRecords } from '../support/checker.ts';
import { readAll } from '../support/consume.ts';
import type { DrsRecord } from '../support/drs-record.ts';
import { type Committed, startLoad } from '../support/load.ts';
import { createLoadTables, loadTopics } from '../support/load-tables.ts';
import { seeded } from '../support/random.ts';
import { startScenario } from '../support/scenario.ts';
import { proxiedKafka } from '../support/servers.ts';
import { taskSpec } from '../support/task-spec.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';

const KILLS = 21;
const LONGEST_LIFE_MS = 2_000;
const LONGEST_SILENCE_MS = 800;

/** A start of the service: everything sent from `at` on must lie behind what the server knew as confirmed then. */
type Start = { at: number; confirmed: bigint };

/** What happens between the service and Kafka before it is killed. */
type Disturbance = 'nothing' | 'requests come late' | 'requests and answers are lost';

const DISTURBANCES: readonly Disturbance[] = ['nothing', 'requests come late', 'requests and answers are lost'];

describe('kill -9', () => {
  it('under load loses nothing, keeps the order, and repeats only what was not confirmed', async () => {
    await using kafka = await proxiedKafka();
    await using scenario = await startScenario('kill9');
    const { api, sql, db, service } = scenario;
    const { bootstrap } = kafka.server;
    await createLoadTables(sql);
    const task = await api.run(taskSpec(db.config, ['load.*'], { target: { brokers: [kafka.proxiedBootstrap] } }));
    const load = startLoad(db.config, { ratePerSecond: 240, seed: 9 });
    const random = seeded(Date.now());
    const starts: Start[] = [{ at: 0, confirmed: 0n }];
    for (let kill = 0; kill < KILLS; kill++) {
      // Some lives end before the stream is open again, some in the middle of it.
      await sleep(random.below(LONGEST_LIFE_MS));
      const heal = await disturb(kafka.proxy, DISTURBANCES[kill % 3]!, random.below(LONGEST_SILENCE_MS));
      await service.kill9();
      starts.push({ at: Date.now(), confirmed: lsnNumber((await slotRow(sql, task.slot))!.confirmed!) });
      heal.before();
      await service.restart();
      await sleep(random.below(LONGEST_SILENCE_MS));
      heal.after();
    }
    const { committed, seconds, rolledBack } = await load.stop();
    expect(committed.length / seconds).toBeGreaterThanOrEqual(200);
    expect(rolledBack).toBeGreaterThan(100);
    await caughtUp(api, task.id, sql);

    const records = await readAll(loadTopics(db.name), { bootstrap });
    const { unique, duplicates } = checkRecords({ records, committed, database: db.name, partitions: 3 });
    await checkFinalState(unique, sql);
    checkRepeated(duplicates, committed, starts);
    expect(livesThatPublished(records, starts)).toBeGreaterThan(KILLS / 3);
    await api.finish(task.id);
    // A stop ends cleanly: nothing more came.
    expect((await readAll(loadTopics(db.name), { bootstrap })).length).toBe(records.length);
  }, 180_000);
});

/**
 * Kafka answers within milliseconds, so a kill at a random moment hardly ever finds anything unanswered: the proxy makes that the
 * rule. `before`: before the service is started again. `after`: when it has been; late requests are delivered then.
 */
async function disturb(
  proxy: TcpProxy,
  kind: Disturbance,
  forMs: number,
): Promise<{ before: () => void; after: () => void }> {
  const nothing = () => undefined;
  if (kind === 'nothing') return { before: nothing, after: nothing };
  if (kind === 'requests come late') proxy.hold();
  else proxy.blackhole();
  await sleep(forMs);
  if (kind === 'requests come late') return { before: () => proxy.forwardNew(), after: () => proxy.release() };
  const lose = () => {
    proxy.cut();
    proxy.release();
  };
  return { before: lose, after: nothing };
}

/** Of a transaction whose end the server had confirmed at a start, nothing may be sent after that start. */
function checkRepeated(
  duplicates: readonly DrsRecord[],
  committed: readonly Committed[],
  starts: readonly Start[],
): void {
  const ends = new Map(committed.map(({ xid, endsBefore }) => [xid, endsBefore]));
  for (const { number, timestamp, headers } of duplicates) {
    const start = starts.findLast(({ at }) => at <= timestamp)!;
    const end = ends.get(headers['gausscast-xid']!);
    if (end && lsnNumber(end) <= start.confirmed) throw new Error(`event ${number} was confirmed and came again`);
  }
}

function livesThatPublished(records: readonly { timestamp: number }[], starts: readonly Start[]): number {
  return new Set(records.map(({ timestamp }) => starts.findLastIndex(({ at }) => at <= timestamp))).size;
}
