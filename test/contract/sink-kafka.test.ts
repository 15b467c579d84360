import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProducerIdentity } from '../../src/domain/task.ts';
import { Arena } from '../../src/sink/arena.ts';
import { BatchBuilder } from '../../src/sink/batch-builder.ts';
import { SYSTEM_CLOCK } from '../../src/sink/clock.ts';
import { CODECS } from '../../src/sink/compression.ts';
import { createKafkaDriver } from '../../src/sink/kafka/driver.ts';
import { KafkaCluster } from '../../src/sink/kafka/kafka-cluster.ts';
import { requestIdentity } from '../../src/sink/kafka/producer-identity.ts';
import { openTopic } from '../../src/sink/kafka/topic-admin.ts';
import { createLane } from '../../src/sink/lane.ts';
import { readAll } from '../support/consume.ts';
import { consoleConsumer, dumpLogSegments } from '../support/java.ts';
import { freshTopicPrefix, privateKafka, proxiedKafka, useServers } from '../support/servers.ts';
import { openSession, plainEndpoint, topicPlan, writeRecord } from '../support/sink-harness.ts';

const driver = createKafkaDriver();
/** For tests that start brokers of their own, on a machine that is busy. */
const SERVER_START_MS = 180_000;

/** Frames of one batch each, with one record each, under this identity; sequences from 0. */
function frames(identity: ProducerIdentity, values: readonly string[]): Buffer[] {
  const lane = createLane(0, 't', 0, 1_000_000);
  const builder = new BatchBuilder(identity, CODECS.none);
  return values.map((value, ticket) => {
    const arena = new Arena(100_000);
    arena.addLanes(1, 100_000);
    arena.beginRecord(0, Buffer.alloc(0), -1).appendText(value);
    arena.endValue(false);
    arena.endRecord(0);
    const pending = { ticket, remaining: 0, bytes: 0, memory: null };
    const context = { nowMs: Date.now(), take: (size: number) => Buffer.alloc(size) };
    return builder.queue(arena, pending, [lane], context)[0]!.batch.frame;
  });
}

describe('Kafka and our record batches', () => {
  it('recognises the same bytes sent again, also after later batches, and refuses those of an older epoch', async () => {
    const { bootstrap } = useServers().kafka;
    const settings = {
      endpoint: plainEndpoint([bootstrap]),
      clientId: 'c',
      connectTimeoutMs: 5000,
      requestTimeoutMs: 10_000,
    };
    const cluster = new KafkaCluster({ ...settings, clock: SYSTEM_CLOCK });
    try {
      const topic = freshTopicPrefix('sink');
      await openTopic(cluster, topicPlan(topic), SYSTEM_CLOCK);
      const connection = await cluster.node(cluster.leaderOf(topic, 0));
      const send = async (frame: Buffer) => (await connection.produce([{ topic, partition: 0, frame }]))[0];
      const { producerId } = await requestIdentity(cluster, SYSTEM_CLOCK);
      const [first, second, third] = frames({ producerId, epoch: 0 }, ['a', 'b', 'c']) as [Buffer, Buffer, Buffer];
      expect([await send(first), await send(first), await send(second), await send(first)]).toEqual([0, 0, 0, 0]);
      const [next] = frames({ producerId, epoch: 1 }, ['d']) as [Buffer];
      expect(await send(next)).toBe(0);
      expect(await send(third)).toBe(47);
      expect(await send(second)).toBe(47);
      const [skipped] = frames({ producerId, epoch: 1 }, ['x', 'y', 'z']).slice(2) as [Buffer];
      expect(await send(skipped)).toBe(45);
      expect((await readAll([topic], { bootstrap })).map(({ value }) => String(value))).toEqual(['a', 'b', 'd']);
    } finally {
      cluster.close();
    }
  });

  it.each(['none', 'gzip'] as const)(
    "passes Kafka's own DumpLogSegments and console consumer (%s)",
    async (compression) => {
      const { bootstrap, dataFolder, classpath } = useServers().kafka;
      const topic = freshTopicPrefix('sink');
      await using open = await openSession(driver, plainEndpoint([bootstrap], compression));
      const { firstLane } = await open.session.openTopic(topicPlan(topic));
      for (let i = 0; i < 50; i++) {
        writeRecord(open.session, firstLane, {
          key: i % 7 === 0 ? null : `k${i}`,
          value: i % 5 === 0 ? null : `v${i}`,
          headers: { h: `${i}` },
        });
      }
      open.session.flush(1);
      await open.until(1);
      const log = await dumpLogSegments([join(dataFolder, `${topic}-0`, '00000000000000000000.log')], { classpath });
      expect(log).toContain(`compresscodec: ${compression}`);
      expect(log).toContain('isvalid: true');
      expect(log).not.toContain('isvalid: false');
      expect(log).toContain(`producerId: ${open.identity.producerId} producerEpoch: ${open.identity.epoch}`);
      const printed = ['print.key=true', 'print.headers=true', 'key.separator=|', 'headers.separator=,'];
      const lines = (await consoleConsumer(bootstrap, topic, 50, printed, { classpath })).trimEnd().split('\n');
      expect(lines).toEqual(
        Array.from({ length: 50 }, (_, i) => {
          const key = i % 7 === 0 ? 'null' : `k${i}`;
          const value = i % 5 === 0 ? 'null' : `v${i}`;
          return `h:${i}|${key}|${value}`;
        }),
      );
    },
  );

  it('creates a topic with exactly the settings planned and keeps batches below its limit', async () => {
    const { bootstrap } = useServers().kafka;
    const topic = freshTopicPrefix('sink');
    await using open = await openSession(driver, plainEndpoint([bootstrap]));
    const plan = topicPlan(topic, 2, { config: { 'max.message.bytes': '20000', 'retention.ms': '3600000' } });
    const { firstLane } = await open.session.openTopic(plan);
    for (let i = 0; i < 200; i++) writeRecord(open.session, firstLane, { value: 'x'.repeat(1000) });
    expect(open.session.isFull).toBe(true);
    open.session.flush(1);
    await open.until(1);
    writeRecord(open.session, firstLane + 1, { value: 'y'.repeat(30_000) });
    open.session.flush(2);
    expect(await open.failure()).toMatchObject({
      code: 'RECORD_TOO_LARGE',
      data: { topic, partition: 1, maxMessageBytes: 20_000, records: 1 },
    });
    expect(await readAll([topic], { bootstrap })).toHaveLength(200);
  });

  it('refuses settings Kafka does not take, with its explanation', async () => {
    const { bootstrap } = useServers().kafka;
    await using open = await openSession(driver, plainEndpoint([bootstrap]));
    const wrong = open.session.openTopic(topicPlan(freshTopicPrefix(), 1, { config: { 'retention.ms': 'soon' } }));
    await expect(wrong).rejects.toMatchObject({
      code: 'KAFKA_REQUEST',
      message: expect.stringContaining('retention.ms'),
    });
    await expect(open.session.openTopic(topicPlan('a/b'))).rejects.toMatchObject({ code: 'TOPIC_INVALID' });
  });

  it('says that a topic compacted by key takes no record without key', async () => {
    const { bootstrap } = useServers().kafka;
    await using open = await openSession(driver, plainEndpoint([bootstrap]));
    const plan = topicPlan(freshTopicPrefix('sink'), 1, { config: { 'cleanup.policy': 'compact' } });
    const { firstLane } = await open.session.openTopic(plan);
    writeRecord(open.session, firstLane, { key: null, value: 'v' });
    open.session.flush(1);
    expect(await open.failure()).toMatchObject({
      code: 'KAFKA_REQUEST',
      hint: expect.stringContaining('cleanup.policy'),
    });
  });

  it('begins a new producer id when the epochs have run out and in another cluster', async () => {
    const { bootstrap } = useServers().kafka;
    await using used = await openSession(driver, plainEndpoint([bootstrap]));
    const { clusterId } = used.identity;
    expect(clusterId).toEqual(expect.any(String));
    const last = { producerId: used.identity.producerId, epoch: 32_767 };
    await using renewed = await openSession(driver, plainEndpoint([bootstrap]), { previous: last });
    expect(renewed.identity.producerId).not.toBe(last.producerId);
    const elsewhere = { ...used.identity, clusterId: 'another' };
    await using moved = await openSession(driver, plainEndpoint([bootstrap]), { previous: elsewhere });
    expect(moved.identity.producerId).not.toBe(elsewhere.producerId);
    expect(moved.identity.clusterId).toBe(clusterId);
  });
});

describe('a broker that goes away', () => {
  it(
    'gets what it missed when it is back, once and in order',
    async () => {
      await using kafka = await privateKafka();
      await using open = await openSession(driver, plainEndpoint([kafka.bootstrap]));
      const topic = freshTopicPrefix('sink');
      const { firstLane } = await open.session.openTopic(topicPlan(topic, 3));
      let ticket = 0;
      const put = (from: number, to: number) => {
        for (let i = from; i < to; i++) {
          writeRecord(open.session, firstLane + (i % 3), { value: String(i) });
          if (i % 50 === 49) open.session.flush(++ticket);
        }
      };
      put(0, 1000);
      await open.until(ticket);
      await kafka.stop('SIGKILL');
      put(1000, 2000);
      await kafka.start();
      put(2000, 3000);
      await open.until(ticket);
      expect(open.session.totals.retries).toBeGreaterThan(0);
      const records = await readAll([topic], { bootstrap: kafka.bootstrap });
      for (let partition = 0; partition < 3; partition++) {
        const values = records.filter((record) => record.partition === partition).map(({ value }) => Number(value));
        expect(values).toEqual(Array.from({ length: 1000 }, (_, i) => i * 3 + partition));
      }
    },
    SERVER_START_MS,
  );

  it(
    'is asked again over a fresh connection when it does not answer in time',
    async () => {
      await using kafka = await proxiedKafka();
      const { proxy, proxiedBootstrap, server } = kafka;
      await using open = await openSession(driver, plainEndpoint([proxiedBootstrap]), {
        limits: { requestTimeoutMs: 1000 },
      });
      const topic = freshTopicPrefix('sink');
      const { firstLane } = await open.session.openTopic(topicPlan(topic));
      writeRecord(open.session, firstLane, { value: 'before' });
      open.session.flush(1);
      await open.until(1);
      // What is under way is held back for ever; connections made later work.
      proxy.blackhole();
      proxy.forwardNew();
      writeRecord(open.session, firstLane, { value: 'stuck' });
      open.session.flush(2);
      await open.until(2);
      expect(open.session.totals.retries).toBe(1);
      // The bytes held back arrive after all, behind newer ones: the partition knows them already.
      writeRecord(open.session, firstLane, { value: 'after' });
      open.session.flush(3);
      await open.until(3);
      proxy.release();
      writeRecord(open.session, firstLane, { value: 'last' });
      open.session.flush(4);
      await open.until(4);
      const values = (await readAll([topic], { bootstrap: server.bootstrap })).map(({ value }) => String(value));
      expect(values).toEqual(['before', 'stuck', 'after', 'last']);
    },
    SERVER_START_MS,
  );

  it(
    'ends the session by KAFKA_UNREACHABLE when it stays away, and refuses to open another',
    async () => {
      const kafka = await privateKafka();
      const endpoint = plainEndpoint([kafka.bootstrap]);
      try {
        await using open = await openSession(driver, endpoint, { limits: { deliveryTimeoutMs: 1500 } });
        const { firstLane } = await open.session.openTopic(topicPlan('t'));
        await kafka.stop('SIGKILL');
        writeRecord(open.session, firstLane, { value: 'v' });
        open.session.flush(1);
        expect(await open.failure()).toMatchObject({ code: 'KAFKA_UNREACHABLE', retry: 'timed' });
        await expect(openSession(driver, endpoint)).rejects.toMatchObject({
          code: 'KAFKA_UNREACHABLE',
          retry: 'timed',
        });
      } finally {
        await kafka[Symbol.asyncDispose]();
      }
    },
    SERVER_START_MS,
  );

  it('ends the session by TOPIC_MISSING when the topic was deleted', async () => {
    const { bootstrap } = useServers().kafka;
    const topic = freshTopicPrefix('sink');
    await using open = await openSession(driver, plainEndpoint([bootstrap]), {
      limits: { unknownTopicTimeoutMs: 1000 },
    });
    const { firstLane } = await open.session.openTopic(topicPlan(topic));
    const { Kafka, logLevel } = await import('kafkajs');
    const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
    writeRecord(open.session, firstLane, { value: 'v' });
    open.session.flush(1);
    expect(await open.failure()).toMatchObject({ code: 'TOPIC_MISSING', data: { topic, partition: 0 } });
  });
});
