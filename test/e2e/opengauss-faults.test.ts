import { describe, expect, it } from 'vitest';
import { insertedIds, inTopicOrder, range, withoutRepeats } from '../support/opengauss-changes.ts';
import { startGaussScenario } from '../support/opengauss-scenario.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { FORMATS, finishTasks, insert, runTasks, streamsStarted } from '../support/opengauss-tasks.ts';
import { eventually } from '../support/poll.ts';
import { seeded } from '../support/random.ts';

const ROWS = 40;
const KILLS = 4;
const COMMIT_EVERY_MS = 5;
const scenarioOf = gaussScenarios('faults');

describe('the stream of openGauss', () => {
  it.each(FORMATS)('goes on after a cut in the middle of a transaction (%s)', async (format) => {
    const scenario = await scenarioOf({ batchBytes: 500 });
    const { server, api } = scenario;
    const tasks = await runTasks(scenario, [format]);
    const [{ id, topic }] = tasks as [(typeof tasks)[0]];
    server.commitTogether([insert(1), insert(2)]);
    server.cutNextTransaction();
    server.commitTogether([insert(...range(3, ROWS)), insert(ROWS + 1)]);
    await eventually('another stream', () => streamsStarted(scenario) > 1);
    await finishTasks(scenario, tasks);
    expect((await api.events(id)).map(({ code }) => code)).toContain('SOURCE_CONNECTION_LOST');
    expect(insertedIds(withoutRepeats(await inTopicOrder(topic)))).toEqual(range(1, ROWS + 1));
  });

  it('goes on after a restart of the server, whose slots fall back to what was saved of them', async () => {
    const scenario = await scenarioOf();
    const { server } = scenario;
    const tasks = await runTasks(scenario);
    server.commitTogether([insert(1, 2), insert(3)]);
    const { commitStart } = server.state.wal.transactions.at(-1)!;
    const slots = tasks.map(({ slot }) => server.state.slots.find(slot)!);
    await eventually('all to be confirmed', () => slots.every((slot) => slot.confirmedFlush > commitStart));
    server.restart();
    for (const { confirmedFlush } of slots) expect(confirmedFlush).toBeLessThan(commitStart);
    server.commitTogether([insert(4)]);
    await finishTasks(scenario, tasks);
    for (const { topic, format } of tasks) {
      expect(insertedIds(await inTopicOrder(topic)), format).toEqual([1, 2, 3, 4]);
    }
  });

  it('loses nothing by kill -9 of the service, and repeats nothing differently', async () => {
    await using scenario = await startGaussScenario('killed');
    const { server, service } = scenario;
    const tasks = await runTasks(scenario);
    const random = seeded(7);
    let last = 0;
    const commits = setInterval(() => {
      const first = last + 1;
      last += 1 + random.below(6);
      server.commitTogether([insert(...range(first, last))]);
    }, COMMIT_EVERY_MS);
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const { slot } = tasks[kill % tasks.length]!;
        const reached = server.state.wal.end;
        const isConfirmed = () => server.state.slots.find(slot)!.confirmedFlush > reached;
        await eventually('a confirmation', isConfirmed, { everyMs: 5 });
        await service.kill9();
        await service.restart();
      }
    } finally {
      clearInterval(commits);
    }
    await finishTasks(scenario, tasks);
    for (const { topic, format } of tasks) {
      expect(insertedIds(withoutRepeats(await inTopicOrder(topic))), format).toEqual(range(1, last));
    }
  });
});
