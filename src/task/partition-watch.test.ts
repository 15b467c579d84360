import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../store/store.ts';
import { PartitionWatch } from './partition-watch.ts';

function setUp(answers: (readonly string[] | Error)[]) {
  const events: NewEvent[] = [];
  const timers: (() => void)[] = [];
  const watch = new PartitionWatch({
    sink: {
      grownTopics: async () => {
        const answer = answers.shift() ?? [];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    event: (event) => events.push(event),
    setTimer: (callback) => {
      timers.push(callback);
      return () => timers.splice(timers.indexOf(callback), 1);
    },
  });
  return { watch, events, timers };
}

describe('PartitionWatch', () => {
  it('reports a topic that grew once', async () => {
    const { watch, events } = setUp([[], ['orders'], ['orders', 'items']]);
    await watch.check();
    expect(events).toEqual([]);
    await watch.check();
    await watch.check();
    expect(events.map(({ code, data }) => [code, data?.topic])).toEqual([
      ['PARTITIONS_ADDED', 'orders'],
      ['PARTITIONS_ADDED', 'items'],
    ]);
  });

  it('looks again after a cluster that did not answer', async () => {
    const { watch, events, timers } = setUp([new Error('gone'), ['orders']]);
    await watch.check();
    expect(timers).toHaveLength(1);
    await watch.check();
    expect(events).toHaveLength(1);
  });

  it('reports nothing and plans nothing after it was closed', async () => {
    const { watch, events, timers } = setUp([['orders']]);
    const look = watch.check();
    watch.close();
    await look;
    expect(events).toEqual([]);
    expect(timers).toEqual([]);
  });
});
