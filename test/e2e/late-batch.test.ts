import { describe, expect, it } from 'vitest';
import { startCollector } from '../support/consume.ts';
import { inSourceOrder, parseDrs } from '../support/drs-record.ts';
import { eventually } from '../support/poll.ts';
import { startScenario } from '../support/scenario.ts';
import { proxiedKafka } from '../support/servers.ts';
import { taskSpec } from '../support/task-spec.ts';

/** Kafka's Errors: INVALID_PRODUCER_EPOCH, PRODUCER_FENCED. */
const REFUSED = [47, 90];

describe('a late batch of a dead session', () => {
  it('is refused by the broker and does not land after newer changes', async () => {
    await using kafka = await proxiedKafka();
    await using scenario = await startScenario('late');
    const { api, sql, db, service } = scenario;
    await sql.query('create table kept (id int primary key, v int)');
    const target = { brokers: [kafka.proxiedBootstrap] };
    const routing = { topic: { policy: 'fixed', name: `${db.name}-late`, partitions: 1 } };
    const task = await api.run(taskSpec(db.config, ['public.kept'], { target, routing }));
    await sql.query('insert into kept values (1, 1)');
    const topic = routing.topic.name;
    await eventually('the first record', async () => (await api.progress(task.id)).records.published === 1);
    await using collector = await startCollector([topic], { bootstrap: kafka.server.bootstrap });
    await collector.waitFor(1);

    // The Produce request for v = 2 leaves the service and gets as far as the proxy.
    kafka.proxy.hold();
    await sql.query('update kept set v = 2');
    const held = await eventually('a held Produce request', () =>
      kafka.proxy.connections.find(({ heldBytes }) => heldBytes > 500),
    );
    await service.kill9();
    await eventually('the proxy to see the client gone', () => !held.clientOpen);
    expect(held.upstreamOpen).toBe(true);

    kafka.proxy.forwardNew();
    await sql.query('update kept set v = 3');
    await service.restart();
    await collector.waitFor(3);

    kafka.proxy.release();
    const answer = await eventually('the answer to the late batch', () => produceErrors(held.lateAnswer, topic));
    expect(REFUSED).toContain(answer[0]);
    await sql.query('update kept set v = 4');
    const records = await collector.waitFor(4);
    const inOrderOfArrival = records.map((record) => parseDrs(record).drs.data![0]!.v);
    expect(inOrderOfArrival).toEqual(['1', '2', '3', '4']);
    expect(inSourceOrder(records).map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect((await api.get(task.id)).state).toBe('INCREMENTAL');
  }, 120_000);
});

/**
 * Error codes of the Produce responses (version 3 to 8) in a stream of responses; undefined while there is none. Each response:
 * int32 size, int32 correlation id, then int32 topics: string name, int32 partitions: int32 index, int16 error, …
 */
function produceErrors(bytes: Buffer, topic: string): number[] | undefined {
  const errors: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4 + bytes.readInt32BE(at)) {
    const body = bytes.subarray(at + 8, at + 4 + bytes.readInt32BE(at));
    const nameEnd = 6 + Buffer.byteLength(topic);
    if (body.length < nameEnd + 10 || body.readInt32BE(0) !== 1 || body.toString('utf8', 6, nameEnd) !== topic)
      continue;
    errors.push(body.readInt16BE(nameEnd + 8));
  }
  return errors.length > 0 ? errors : undefined;
}
