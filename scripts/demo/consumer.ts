import { Kafka, logLevel } from 'kafkajs';

export interface RecordPrinter {
  /** Resolves when `count` records were printed. */
  seen(count: number): Promise<void>;
  stop(): Promise<void>;
}

const TOPICS = ['shop.public.customers', 'shop.public.orders'];
const POLL_MS = 100;
const WAIT_MS = 60_000;

/** Prints every record of the demo's topics as it arrives, from the beginning. */
export async function printRecords(bootstrap: string, say: (text: string) => void): Promise<RecordPrinter> {
  const kafka = new Kafka({ clientId: 'demo', brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `demo-${process.pid}` });
  let count = 0;
  const waiting: { count: number; resolve: () => void }[] = [];
  await consumer.connect();
  await topicsExist(kafka, TOPICS);
  await consumer.subscribe({ topics: [...TOPICS], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, partition, message }) => {
      say(
        `  ${topic} [${partition}] @${message.offset} key ${message.key?.toString() ?? 'null'}\n    ${message.value?.toString()}`,
      );
      count++;
      for (const waiter of waiting.filter((one) => one.count <= count)) waiter.resolve();
    },
  });
  return {
    seen: (wanted) =>
      count >= wanted ? Promise.resolve() : new Promise((resolve) => waiting.push({ count: wanted, resolve })),
    stop: () => consumer.disconnect(),
  };
}

/** Gausscast creates a topic with the first change of its table; a consumer can subscribe only to what exists. */
async function topicsExist(kafka: Kafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  for (const deadline = Date.now() + WAIT_MS; ; ) {
    const existing = await admin.listTopics();
    if (topics.every((topic) => existing.includes(topic))) break;
    if (Date.now() > deadline) throw new Error(`topics ${topics.join(', ')} did not appear`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await admin.disconnect();
}
