import { describe, expect, it } from 'vitest';
import { ManualClock, turn } from '../../test/support/manual-clock.ts';
import { openSession, plainEndpoint, topicPlan, writeRecord } from '../../test/support/sink-harness.ts';
import { createMemoryDriver, MemoryCluster } from './memory.ts';

const ENDPOINT = plainEndpoint(['memory:1']);

async function start(brokers = 1, options: Parameters<typeof openSession>[2] = {}) {
  const cluster = new MemoryCluster(brokers);
  const clock = new ManualClock();
  const open = await openSession(createMemoryDriver(cluster, clock), ENDPOINT, options);
  const { firstLane } = await open.session.openTopic(topicPlan('t', 4));
  const put = (partition: number, value: string) => writeRecord(open.session, firstLane + partition, { value });
  const values = (partition: number) =>
    cluster
      .records('t')
      .filter((record) => record.partition === partition)
      .map(({ value }) => String(value));
  return { cluster, clock, put, values, ...open };
}

describe('a publishing session', () => {
  it('acknowledges in ticket order, though a later arena is done first', async () => {
    const { cluster, clock, session, put, acknowledged } = await start(2);
    cluster.hold();
    put(0, 'a');
    session.flush(1);
    put(1, 'b');
    session.flush(2);
    expect(session.inFlightBatches).toBe(2);
    expect(cluster.heldRequests).toBe(2);
    // Partition 0 has too few replicas for a moment; partition 1 takes its batch.
    cluster.failNext({ code: 19 });
    cluster.release();
    await turn();
    expect(acknowledged).toEqual([]);
    expect(session.inFlightBatches).toBe(2);
    await clock.advance(1000);
    expect(acknowledged).toEqual([1, 2]);
  });

  it('keeps one batch per partition in flight and sends what waits together', async () => {
    const { cluster, session, put, values, until } = await start();
    cluster.hold();
    for (let ticket = 1; ticket <= 3; ticket++) {
      put(0, `a${ticket}`);
      if (ticket > 1) put(1, `b${ticket}`);
      session.flush(ticket);
    }
    expect(cluster.requests).toEqual([1]);
    cluster.release();
    await until(3);
    expect(cluster.requests).toEqual([1, 2, 2]);
    expect(values(0)).toEqual(['a1', 'a2', 'a3']);
    expect(values(1)).toEqual(['b2', 'b3']);
  });

  it('acknowledges an empty arena in its turn, and not from inside flush', async () => {
    const { cluster, session, put, acknowledged, until } = await start();
    session.flush(1);
    expect(acknowledged).toEqual([]);
    await until(1);
    cluster.hold();
    put(0, 'a');
    session.flush(2);
    session.flush(3);
    await turn();
    expect(acknowledged).toEqual([1]);
    cluster.release();
    await until(3);
    expect(acknowledged).toEqual([1, 2, 3]);
    expect(session.inFlightBatches).toBe(0);
    expect(session.heldBytes).toBe(0);
  });

  it('lets the handler of an acknowledgement flush the next arena', async () => {
    const cluster = new MemoryCluster();
    const open = await openSession(createMemoryDriver(cluster), ENDPOINT, {
      onAcknowledged: (ticket) => {
        if (ticket >= 5) return;
        writeRecord(open.session, 0, { value: `r${ticket}` });
        open.session.flush(ticket + 1);
      },
    });
    await open.session.openTopic(topicPlan('t'));
    open.session.flush(1);
    await open.until(5);
    expect(cluster.records('t').map(({ value }) => String(value))).toEqual(['r1', 'r2', 'r3', 'r4']);
  });

  it('ends the session when the handler of an acknowledgement throws', async () => {
    const cluster = new MemoryCluster();
    const open = await openSession(createMemoryDriver(cluster), ENDPOINT, {
      onAcknowledged: () => {
        throw new Error('disk full');
      },
    });
    open.session.flush(1);
    expect((await open.failure()).message).toBe('disk full');
  });

  it.each([
    ['NOT_LEADER_OR_FOLLOWER', { code: 6 }],
    ['LEADER_NOT_AVAILABLE', { code: 5 }],
    ['REQUEST_TIMED_OUT', { code: 7 }],
    ['NOT_ENOUGH_REPLICAS', { code: 19 }],
    ['KAFKA_STORAGE_ERROR', { code: 56 }],
    ['UNKNOWN_TOPIC_OR_PARTITION', { code: 3 }],
    ['CORRUPT_MESSAGE', { code: 2 }],
    ['a connection lost before the batch was written', { lost: 'unwritten' }],
    ['a connection lost after the batch was written', { lost: 'written' }],
  ] as const)('sends the same bytes again after %s and writes them once', async (_name, failure) => {
    const { cluster, clock, session, put, values, until } = await start();
    put(0, 'before');
    session.flush(1);
    await until(1);
    cluster.failNext(failure);
    put(0, 'a');
    session.flush(2);
    put(0, 'b');
    session.flush(3);
    await turn();
    await clock.advance(5000);
    await until(3);
    expect(values(0)).toEqual(['before', 'a', 'b']);
    expect(session.totals).toMatchObject({ records: 3, retries: 1 });
  });

  it('holds up only the partition in trouble', async () => {
    const { cluster, clock, session, put, values, until } = await start();
    cluster.failNext({ code: 6 });
    put(0, 'a');
    put(1, 'b');
    session.flush(1);
    await turn();
    put(1, 'c');
    session.flush(2);
    await turn();
    expect(values(0)).toEqual([]);
    expect(values(1)).toEqual(['b', 'c']);
    await clock.advance(1000);
    await until(2);
    expect(values(0)).toEqual(['a']);
  });

  it.each([
    [45, 'KAFKA_SESSION_ENDED', 'timed'],
    [59, 'KAFKA_SESSION_ENDED', 'timed'],
    [47, 'KAFKA_FENCED', 'timed'],
    [29, 'KAFKA_PERMISSION', 'manual'],
    [31, 'KAFKA_PERMISSION', 'manual'],
    [87, 'KAFKA_REQUEST', 'manual'],
  ])('ends by Kafka error %i with %s (%s)', async (code, name, retry) => {
    const { cluster, session, put, failure, failures, acknowledged } = await start();
    cluster.failNext({ code });
    put(0, 'a');
    put(2, 'b');
    session.flush(1);
    expect(await failure()).toMatchObject({ code: name, retry, data: { topic: 't', partition: 0 } });
    await turn();
    expect(failures).toHaveLength(1);
    expect(acknowledged).toEqual([]);
  });

  it('gives up a batch that arrives damaged three times', async () => {
    const { cluster, clock, session, put, failure } = await start();
    cluster.failNext({ code: 2 }, { code: 2 }, { code: 2 });
    put(0, 'a');
    session.flush(1);
    await turn();
    await clock.advance(5000);
    expect(await failure()).toMatchObject({ code: 'KAFKA_REQUEST' });
  });

  it('takes DUPLICATE_SEQUENCE_NUMBER for what it is: written', async () => {
    const { cluster, session, put, until } = await start();
    cluster.failNext({ code: 46 });
    put(0, 'a');
    session.flush(1);
    await until(1);
  });

  it('says which record is too large and what the topic takes', async () => {
    const cluster = new MemoryCluster();
    cluster.maxMessageBytes = 2000;
    const open = await openSession(createMemoryDriver(cluster), ENDPOINT);
    await open.session.openTopic(topicPlan('t'));
    for (let i = 0; i < 10; i++) writeRecord(open.session, 0, { value: 'x'.repeat(500) });
    open.session.flush(1);
    await open.until(1);
    writeRecord(open.session, 0, { value: 'y'.repeat(3000) });
    open.session.flush(2);
    const error = await open.failure();
    expect(error).toMatchObject({
      code: 'RECORD_TOO_LARGE',
      data: { topic: 't', partition: 0, records: 1, maxMessageBytes: 2000 },
    });
    expect(error.data.batchBytes).toBeGreaterThan(3000);
  });

  it('never sends what would make a broker drop the connection', async () => {
    const { session, put, failure, cluster } = await start(1, { limits: { sendableBytes: 5000 } });
    put(0, 'x'.repeat(6000));
    session.flush(1);
    expect(await failure()).toMatchObject({ code: 'RECORD_TOO_LARGE' });
    expect(cluster.requests).toEqual([]);
  });

  it('waits for a leader, then ends by the time it may take', async () => {
    const { cluster, clock, session, put, failures, until } = await start(1, { limits: { deliveryTimeoutMs: 60_000 } });
    cluster.hasLeaders = false;
    put(0, 'a');
    session.flush(1);
    await clock.advance(50_000);
    expect(failures).toEqual([]);
    cluster.hasLeaders = true;
    await clock.advance(5000);
    await until(1);
    cluster.hasLeaders = false;
    put(0, 'b');
    session.flush(2);
    await clock.advance(70_000);
    expect(failures[0]).toMatchObject({ code: 'KAFKA_SESSION_ENDED', retry: 'timed' });
  });

  it('says that a topic deleted behind its back is gone', async () => {
    const { cluster, clock, session, put, failures } = await start();
    cluster.deleteTopic('t');
    put(0, 'a');
    session.flush(1);
    await clock.advance(29_000);
    expect(failures).toEqual([]);
    await clock.advance(3000);
    expect(failures[0]).toMatchObject({ code: 'TOPIC_MISSING', data: { topic: 't', partition: 0 } });
  });

  it('goes on by itself when the cluster was away for a while', async () => {
    const { cluster, clock, session, put, values, until } = await start();
    cluster.failNext(...Array.from({ length: 20 }, () => ({ lost: 'unwritten' }) as const));
    put(0, 'a');
    put(3, 'b');
    session.flush(1);
    await clock.advance(60_000);
    await until(1);
    expect([values(0), values(3)]).toEqual([['a'], ['b']]);
  });

  it('splits what does not fit one request', async () => {
    const { cluster, session, put, until } = await start(1, { limits: { requestBytes: 5000 } });
    for (let partition = 0; partition < 4; partition++) put(partition, 'x'.repeat(2000));
    session.flush(1);
    await until(1);
    expect(cluster.requests).toEqual([2, 2]);
  });

  it('reports nothing after close', async () => {
    const { cluster, session, put, acknowledged, failures } = await start();
    cluster.hold();
    put(0, 'a');
    session.flush(1);
    await session.close();
    await session.close();
    cluster.release();
    await turn();
    session.flush(2);
    await turn();
    expect([acknowledged, failures]).toEqual([[], []]);
    expect(session.heldBytes).toBe(0);
  });

  it('is refused by the partition once a later session has written', async () => {
    const cluster = new MemoryCluster();
    const driver = createMemoryDriver(cluster);
    const first = await openSession(driver, ENDPOINT);
    await first.session.openTopic(topicPlan('t'));
    const second = await openSession(driver, ENDPOINT, { previous: first.identity });
    expect(second.identity).toEqual({ producerId: first.identity.producerId, epoch: first.identity.epoch + 1 });
    await second.session.openTopic(topicPlan('t'));
    writeRecord(second.session, 0, { value: 'new' });
    second.session.flush(1);
    await second.until(1);
    writeRecord(first.session, 0, { value: 'late' });
    first.session.flush(1);
    expect(await first.failure()).toMatchObject({ code: 'KAFKA_FENCED' });
    expect(cluster.records('t').map(({ value }) => String(value))).toEqual(['new']);
  });
});
