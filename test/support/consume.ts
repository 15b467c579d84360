import { randomUUID } from 'node:crypto';
import { type Batch, type Consumer, type IHeaders, Kafka, logLevel } from 'kafkajs';
import { useServers } from './servers.ts';

export type ConsumedRecord = {
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
  /** Unix milliseconds. */
  timestamp: number;
};

export type Collector = {
  /** Grows while the collector runs; per partition in offset order. */
  readonly records: readonly ConsumedRecord[];
  waitFor(
    wanted: number | ((records: readonly ConsumedRecord[]) => boolean),
    timeoutMs?: number,
  ): Promise<readonly ConsumedRecord[]>;
  stop(): Promise<void>;
} & AsyncDisposable;

export type ConsumeOptions = { bootstrap?: string; readUncommitted?: boolean };

const POLL_MS = 20;
/** How long one fetch waits for new data; short, so that the end of the data shows soon. */
const FETCH_WAIT_MS = 200;
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Reads topics from their beginning until stopped, with a group of its own: kafkajs' consumer, which shares nothing with our record
 * batches. The topics must exist.
 */
export async function startCollector(topics: readonly string[], options: ConsumeOptions = {}): Promise<Collector> {
  const session = await openSession(topics, options);
  return {
    records: session.records,
    async waitFor(wanted, timeoutMs = DEFAULT_TIMEOUT_MS) {
      const enough =
        typeof wanted === 'number' ? () => session.records.length >= wanted : () => wanted(session.records);
      await until(
        enough,
        timeoutMs,
        () => `waited ${timeoutMs} ms for records of ${topics.join(', ')}; ${session.records.length} came`,
      );
      return session.records;
    },
    stop: session.stop,
    [Symbol.asyncDispose]: session.stop,
  };
}

/** All records that are in the topics when it is called. */
export async function readAll(
  topics: readonly string[],
  options: ConsumeOptions & { timeoutMs?: number } = {},
): Promise<ConsumedRecord[]> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const ends = await endOffsets(topics, options);
  if (ends.size === 0) return [];
  const session = await openSession(topics, options);
  try {
    await until(
      () => session.reached(ends),
      timeoutMs,
      () => `waited ${timeoutMs} ms for the end of ${topics.join(', ')}`,
    );
    return session.records.filter((record) => record.offset < (ends.get(`${record.topic}/${record.partition}`) ?? 0));
  } finally {
    await session.stop();
  }
}

/** Reads until there are so many records, or until the predicate holds; throws after the timeout. */
export async function waitForRecords(
  topics: readonly string[],
  wanted: number | ((records: readonly ConsumedRecord[]) => boolean),
  timeoutMs = DEFAULT_TIMEOUT_MS,
  options: ConsumeOptions = {},
): Promise<readonly ConsumedRecord[]> {
  const collector = await startCollector(topics, options);
  try {
    return await collector.waitFor(wanted, timeoutMs);
  } finally {
    await collector.stop();
  }
}

function client(options: ConsumeOptions): Kafka {
  const bootstrap = options.bootstrap ?? useServers().kafka.bootstrap;
  return new Kafka({ brokers: [bootstrap], clientId: 'test-consumer', logLevel: logLevel.NOTHING });
}

/** End offset by `topic/partition`; empty partitions are left out. */
async function endOffsets(topics: readonly string[], options: ConsumeOptions): Promise<Map<string, number>> {
  const admin = client(options).admin();
  await admin.connect();
  try {
    const ends = new Map<string, number>();
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        if (Number(high) > Number(low)) ends.set(`${topic}/${partition}`, Number(high));
      }
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}

type Session = {
  records: ConsumedRecord[];
  reached(ends: ReadonlyMap<string, number>): boolean;
  stop(): Promise<void>;
};

async function openSession(topics: readonly string[], options: ConsumeOptions): Promise<Session> {
  const consumer = client(options).consumer({
    groupId: `test-${randomUUID()}`,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    readUncommitted: options.readUncommitted ?? false,
  });
  const records: ConsumedRecord[] = [];
  const positions = new Map<string, number>();
  const emptyFetches = countEmptyFetches(consumer);
  const stop = () => consumer.disconnect();
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => collect(batch, records, positions) });
  } catch (error) {
    await stop();
    throw error;
  }
  const reached = (ends: ReadonlyMap<string, number>) =>
    [...ends].every(([partition, end]) => (positions.get(partition) ?? 0) >= end) || emptyFetches() > 2;
  return { records, reached, stop };
}

/**
 * Counts the fetches in a row that brought nothing. Offsets alone do not show the end: a transaction's marker or an aborted
 * record takes an offset, and kafkajs hands over no batch for it. (Its event says 0 batches for every fetch, so batches that
 * were handed over are what tells them apart; a fetch waits until they are.)
 */
function countEmptyFetches(consumer: Consumer): () => number {
  let inARow = 0;
  consumer.on(consumer.events.FETCH, () => {
    inARow++;
  });
  consumer.on(consumer.events.END_BATCH_PROCESS, () => {
    inARow = 0;
  });
  return () => inARow;
}

function collect(batch: Batch, records: ConsumedRecord[], positions: Map<string, number>): void {
  const { topic, partition } = batch;
  for (const { key, value, offset, timestamp, headers } of batch.messages) {
    records.push({
      topic,
      partition,
      offset: Number(offset),
      key,
      value,
      headers: textHeaders(headers),
      timestamp: Number(timestamp),
    });
  }
  positions.set(`${topic}/${partition}`, Number(batch.lastOffset()) + 1);
}

function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}

async function until(condition: () => boolean, timeoutMs: number, message: () => string): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !condition(); ) {
    if (Date.now() > deadline) throw new Error(message());
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
