import { describe, expect, it } from 'vitest';
import { insertedIds, inTopicOrder } from '../support/opengauss-changes.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';
import { finishTasks, insert, runTasks } from '../support/opengauss-tasks.ts';

/** What the service allows a server that answers no ping. */
const SILENCE_MS = 60_000;
/** A ping each third of the sender timeout; the silence is noticed with the first one behind the limit. */
const MOST_MS = SILENCE_MS + 15_000;
const scenarioOf = gaussScenarios('silence');

describe('an openGauss that falls silent behind open connections', () => {
  it(
    'is noticed by all ways to decode within the limit, and gone on with when it speaks again',
    async () => {
      const scenario = await scenarioOf({ settings: { logical_sender_timeout: '6000' } });
      const { server, api } = scenario;
      const tasks = await runTasks(scenario);
      server.commitTogether([insert(1)]);
      await Promise.all(tasks.map(({ id }) => scenario.caughtUp(id)));
      server.goSilent();
      server.commitTogether([insert(2)]);
      const noticed = await Promise.all(tasks.map(({ id }) => api.waitFor(id, 'RETRYING', MOST_MS)));
      expect(noticed.map(({ lastError }) => lastError?.code)).toEqual(tasks.map(() => 'SOURCE_SILENT'));
      server.speak();
      server.commitTogether([insert(3)]);
      await finishTasks(scenario, tasks);
      for (const { topic, format } of tasks) {
        expect(insertedIds(await inTopicOrder(topic)), format).toEqual([1, 2, 3]);
      }
    },
    2 * MOST_MS,
  );
});
