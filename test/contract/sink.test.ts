import { describe, expect, it } from 'vitest';
import type { KafkaEndpoint } from '../../src/domain/endpoints.ts';
import { createKafkaDriver } from '../../src/sink/kafka/driver.ts';
import { createMemoryDriver, MemoryCluster } from '../../src/sink/memory.ts';
import type { SinkDriver } from '../../src/sink/sink.ts';
import { readAll } from '../support/consume.ts';
import { freshTopicPrefix, useServers } from '../support/servers.ts';
import { openSession, plainEndpoint, type TestRecord, topicPlan, writeRecord } from '../support/sink-harness.ts';

interface ReadRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

interface Target {
  readonly driver: SinkDriver;
  readonly endpoint: (compression?: KafkaEndpoint['compression']) => KafkaEndpoint;
  /** Everything in the topic, by partition and offset. */
  readonly read: (topic: string) => Promise<ReadRecord[]>;
}

const targets: Readonly<Record<string, () => Target>> = {
  memory() {
    const cluster = new MemoryCluster();
    return {
      driver: createMemoryDriver(cluster),
      endpoint: (compression) => plainEndpoint(['memory:1'], compression),
      read: async (topic) =>
        cluster.records(topic).map(({ partition, key, value, headers }) => ({
          partition,
          key: key && String(key),
          value: value && String(value),
          headers: Object.fromEntries(headers.map((header) => [header.key, String(header.value)])),
        })),
    };
  },
  kafka() {
    const { bootstrap } = useServers().kafka;
    return {
      driver: createKafkaDriver(),
      endpoint: (compression) => plainEndpoint([bootstrap], compression),
      read: async (topic) => {
        const records = await readAll([topic], { bootstrap });
        records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
        return records.map(({ partition, key, value, headers }) => ({
          partition,
          key: key && String(key),
          value: value && String(value),
          headers,
        }));
      },
    };
  },
};

describe.each(Object.keys(targets))('the sink over %s', (name) => {
  const { driver, endpoint, read } = targets[name]!();

  it.each(['none', 'gzip'] as const)(
    'publishes keys, values, nulls and headers with compression %s',
    async (compression) => {
      const topic = freshTopicPrefix('sink');
      await using open = await openSession(driver, endpoint(compression));
      const { firstLane } = await open.session.openTopic(topicPlan(topic, 2));
      const records: TestRecord[] = [
        { key: 'k1', value: 'v1', headers: { a: '1', b: 'ü' } },
        { key: null, value: 'no key' },
        { key: 'k1', value: null, headers: { a: '2' } },
        { key: '', value: '' },
        { key: 'big', value: 'z'.repeat(200_000) },
      ];
      for (const record of records) writeRecord(open.session, firstLane + 1, record);
      expect(open.session.openRecords).toBe(5);
      open.session.flush(1);
      expect(open.session.openRecords).toBe(0);
      await open.until(1);
      expect(await read(topic)).toEqual(
        records.map(({ key = null, value = null, headers = {} }) => ({ partition: 1, key, value, headers })),
      );
      expect(open.session.totals.records).toBe(5);
      expect([open.session.inFlightBatches, open.session.heldBytes]).toEqual([0, 0]);
    },
  );

  it.each([1, 12, 300])('keeps the order in each of %i partitions over many arenas', async (partitions) => {
    const topic = freshTopicPrefix('sink');
    await using open = await openSession(driver, endpoint());
    const { firstLane } = await open.session.openTopic(topicPlan(topic, partitions));
    const count = 3000;
    let ticket = 0;
    for (let i = 0; i < count; i++) {
      writeRecord(open.session, firstLane + ((i * 7) % partitions), { key: String(i), value: `value ${i}` });
      if (i % 400 === 399) open.session.flush(++ticket);
    }
    open.session.flush(++ticket);
    await open.until(ticket);
    expect(open.acknowledged).toEqual(Array.from({ length: ticket }, (_, i) => i + 1));
    const read_ = await read(topic);
    const expected = Array.from({ length: count }, (_, i) => i).sort(
      (a, b) => ((a * 7) % partitions) - ((b * 7) % partitions) || a - b,
    );
    expect(read_.map(({ key }) => Number(key))).toEqual(expected);
  });

  it('numbers the lanes of several topics and gives the same target again', async () => {
    await using open = await openSession(driver, endpoint());
    const prefix = freshTopicPrefix('sink');
    const first = await open.session.openTopic(topicPlan(`${prefix}-a`, 3));
    const second = await open.session.openTopic(topicPlan(`${prefix}-b`, 2));
    expect(first).toEqual({ name: `${prefix}-a`, partitions: 3, actualPartitions: 3, firstLane: 0, created: true });
    expect(second.firstLane).toBe(3);
    expect(await open.session.openTopic(topicPlan(`${prefix}-a`, 3))).toBe(first);
    for (let lane = 0; lane < 5; lane++) writeRecord(open.session, lane, { value: `lane ${lane}` });
    open.session.flush(1);
    await open.until(1);
    expect((await read(`${prefix}-b`)).map(({ value }) => value)).toEqual(['lane 3', 'lane 4']);
  });

  it('uses an existing topic as it is, but no more partitions than it knew', async () => {
    const topic = freshTopicPrefix('sink');
    await using one = await openSession(driver, endpoint());
    await one.session.openTopic(topicPlan(topic, 4));
    await using two = await openSession(driver, endpoint());
    expect(await two.session.openTopic(topicPlan(topic, 1))).toMatchObject({ partitions: 4, created: false });
    await using three = await openSession(driver, endpoint());
    const known = await three.session.openTopic(topicPlan(topic, 1, { knownPartitions: 3 }));
    expect(known).toMatchObject({ partitions: 3, actualPartitions: 4, created: false });
    await using four = await openSession(driver, endpoint());
    const shrunken = four.session.openTopic(topicPlan(topic, 1, { knownPartitions: 5 }));
    await expect(shrunken).rejects.toMatchObject({ code: 'TOPIC_INVALID' });
  });

  it('says when a topic is missing that it may not create, and opens it once it is there', async () => {
    const topic = freshTopicPrefix('sink');
    await using open = await openSession(driver, endpoint());
    await expect(open.session.openTopic(topicPlan(topic, 1, { create: false }))).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
    });
    expect(await open.session.openTopic(topicPlan(topic, 1))).toMatchObject({ created: true, firstLane: 0 });
  });

  it('raises the epoch of a stream with each session and then refuses the older one', async () => {
    const topic = freshTopicPrefix('sink');
    await using older = await openSession(driver, endpoint());
    const lane = (await older.session.openTopic(topicPlan(topic))).firstLane;
    writeRecord(older.session, lane, { value: 'old 1' });
    older.session.flush(1);
    await older.until(1);
    await using newer = await openSession(driver, endpoint(), { previous: older.identity });
    expect(newer.identity).toEqual({ ...older.identity, epoch: older.identity.epoch + 1 });
    await newer.session.openTopic(topicPlan(topic));
    writeRecord(newer.session, lane, { value: 'new' });
    newer.session.flush(1);
    await newer.until(1);
    writeRecord(older.session, lane, { value: 'old 2, late' });
    older.session.flush(2);
    expect(await older.failure()).toMatchObject({ code: 'KAFKA_FENCED', retry: 'timed' });
    expect((await read(topic)).map(({ value }) => value)).toEqual(['old 1', 'new']);
  });
});
