import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { insertedIds, inTopicOrder, range, withoutRepeats } from '../support/opengauss-changes.ts';
import { type GaussScenario, startGaussScenario } from '../support/opengauss-scenario.ts';
import { FORMATS, type FormatTask, finishTasks, insert, runTasks, streamsStarted } from '../support/opengauss-tasks.ts';
import { eventually } from '../support/poll.ts';
import { type ProxiedKafka, proxiedKafka } from '../support/servers.ts';

const SENDER_TIMEOUT_MS = 3000;

describe('the stream of openGauss, while Kafka does not answer', () => {
  let kafka: ProxiedKafka;

  beforeAll(async () => {
    kafka = await proxiedKafka();
  });

  afterEach(() => kafka.proxy.release());

  afterAll(() => kafka?.[Symbol.asyncDispose]());

  it('is kept by statuses in time, and no position is confirmed that Kafka does not have', async () => {
    await using scenario = await startGaussScenario('slow', { server: { settings: settings() } });
    const { server } = scenario;
    const tasks = await runWithFirstRow(scenario);
    const confirmable = server.state.wal.end;

    kafka.proxy.hold();
    const { length } = server.state.statuses;
    const last = await commitFor(scenario, 2 * SENDER_TIMEOUT_MS);
    const during = server.state.statuses.slice(length);
    expect(during.length).toBeGreaterThanOrEqual(2 * tasks.length);
    for (const { flushed } of during) expect(flushed).toBeLessThanOrEqual(confirmable);

    kafka.proxy.release();
    await finishTasks(scenario, tasks);
    // Nobody was dropped, and nobody began anew.
    expect(streamsStarted(scenario)).toBe(tasks.length);
    await expectAll(tasks, last);
  });

  it('loses nothing when the service crashes then and its requests never arrive', async () => {
    await using scenario = await startGaussScenario('lost', { server: { settings: settings() } });
    const tasks = await runWithFirstRow(scenario);
    kafka.proxy.hold();
    const last = await commitFor(scenario, SENDER_TIMEOUT_MS);
    await scenario.service.kill9();
    kafka.proxy.cut();
    kafka.proxy.release();
    await scenario.service.restart();
    await finishTasks(scenario, tasks);
    await expectAll(tasks, last);
  });

  /** Tasks whose row 1 Kafka and the server have as done. */
  async function runWithFirstRow(scenario: GaussScenario): Promise<FormatTask[]> {
    const { slots, wal } = scenario.server.state;
    const tasks = await runTasks(scenario, FORMATS, { target: { brokers: [kafka.proxiedBootstrap] } });
    scenario.server.commitTogether([insert(1)]);
    const { commitStart } = wal.transactions.at(-1)!;
    const isConfirmed = () => tasks.every(({ slot }) => slots.find(slot)!.confirmedFlush > commitStart);
    await eventually('the first confirmations', isConfirmed);
    return tasks;
  }

  async function expectAll(tasks: readonly FormatTask[], last: number): Promise<void> {
    for (const { topic, format } of tasks) {
      const records = await inTopicOrder(topic, { bootstrap: kafka.server.bootstrap });
      expect(insertedIds(withoutRepeats(records)), format).toEqual(range(1, last));
    }
  }
});

function settings(): Record<string, string> {
  return { logical_sender_timeout: String(SENDER_TIMEOUT_MS) };
}

/**
 * Commits rows from 2 on and gives the last one's id: batch after batch, until the service does not read any more and hears no
 * question of the server.
 */
async function commitFor({ server }: GaussScenario, forMs: number): Promise<number> {
  const until = Date.now() + forMs;
  let last = 1;
  await eventually('the time to pass', () => {
    last++;
    server.commitTogether([insert(last)]);
    return Date.now() > until;
  });
  return last;
}
