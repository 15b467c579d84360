import { describe, expect, it } from 'vitest';
import { insertedIds, inTopicOrder, range, withoutRepeats } from '../support/opengauss-changes.ts';
import { GAUSS_FORMATS, startGaussScenario } from '../support/opengauss-scenario.ts';
import { finishTasks, insert, runTasks } from '../support/opengauss-tasks.ts';

describe('tasks of every way to decode', () => {
  it('go on after a clean stop between two commits without a gap between them: nothing twice, nothing lost', async () => {
    await using scenario = await startGaussScenario('restart');
    const { server, service } = scenario;
    const { wal, slots } = server.state;
    const tasks = await runTasks(scenario, Object.keys(GAUSS_FORMATS));
    const caughtUp = (last = wal.transactions.at(-1)!) =>
      Promise.all(tasks.map(({ id }) => scenario.caughtUp(id, last)));
    server.commitTogether([insert(1, 2)]);
    await caughtUp();

    server.pauseDelivery();
    server.commitTogether([insert(3), insert(4, 5), insert(6)]);
    const [first, second] = wal.transactions.slice(-3);
    expect(first!.commitEnd).toBe(second!.commitStart);
    server.resumeDelivery(first!.commitEnd);
    await caughtUp(first);
    expect(await service.terminate()).toEqual({ code: 0, signal: null });
    for (const { slot, format } of tasks) {
      const { confirmedFlush } = slots.find(slot)!;
      expect(confirmedFlush, format).toBeGreaterThan(first!.commitStart);
      expect(confirmedFlush, format).toBeLessThanOrEqual(first!.commitEnd);
    }

    server.commitTogether([insert(7), insert(8)]);
    server.resumeDelivery();
    await service.restart();
    await caughtUp();
    server.commitTogether([insert(9)]);
    await finishTasks(scenario, tasks);
    for (const { topic, format } of tasks) {
      const records = await inTopicOrder(topic);
      expect(insertedIds(records), format).toEqual(range(1, 9));
      expect(withoutRepeats(records), format).toEqual(records);
    }
  });
});
