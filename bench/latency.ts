import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { GausscastProcess, type TaskAnswer } from '../scripts/services/gausscast.ts';
import { cpuSeconds } from './process-usage.ts';
import { benchTask, connect, createDatabase, type Setting } from './setting.ts';

export interface LatencyResult {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly cpuMicros: number;
}

export interface LatencySetting extends Setting {
  readonly perSecond: number;
  readonly seconds: number;
}

const TICK_MS = 5;
const SESSIONS = 4;
/** Not counted: a fresh service and broker compile their hot paths, which delays the first second by some 300 ms. */
const WARM_UP_MS = 2000;

/**
 * Commit-to-Kafka latency: the topic stamps records with the broker's append time, the value carries the commit time;
 * both clocks are this machine's, in whole milliseconds.
 */
export async function latencyBench(setting: LatencySetting): Promise<LatencyResult> {
  const database = 'bench_latency';
  const client = await createDatabase(setting, database);
  const service = await GausscastProcess.start(join(setting.folder, database));
  const topic = { partitions: 12, config: { 'message.timestamp.type': 'LogAppendTime' } };
  const { id } = await service.call<TaskAnswer>('POST', '/tasks', benchTask(setting, database, topic));
  await service.precheck(id);
  await service.startTask(id);
  // The first change makes the topic, which is not what is measured.
  const published = (count: number) =>
    service.until<{ records: { published: number } }>(`/tasks/${id}/progress`, (it) => it.records.published >= count);
  await client.query("insert into bench values (-1, 'first', null, 0, now(), 1, true, gen_random_uuid())");
  await published(1);
  const cpuBefore = cpuSeconds(service.pid);
  const countFrom = Date.now() + WARM_UP_MS;
  const written = await write(setting, database);
  await published(written + 1);
  const cpuMicros = ((cpuSeconds(service.pid) - cpuBefore) * 1e6) / written;
  const latencies = (await readLatencies(setting.kafka.bootstrap, database, { count: written + 1, countFrom })).sort(
    (a, b) => a - b,
  );
  await service.call('POST', `/tasks/${id}/stop`, { force: true });
  await service.stop();
  await client.end();
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!;
  return { count: latencies.length, p50: at(0.5), p99: at(0.99), max: at(1), cpuMicros };
}

/** Single-row transactions at a steady rate, shared by several sessions; returns how many were committed. */
async function write(setting: LatencySetting, database: string): Promise<number> {
  const started = Date.now();
  const counts = await Promise.all(
    Array.from({ length: SESSIONS }, (_, session) => writeShare(setting, database, session, started)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function writeShare(
  setting: LatencySetting,
  database: string,
  session: number,
  started: number,
): Promise<number> {
  const client = await connect(setting, database);
  const perSecond = setting.perSecond / SESSIONS;
  let count = 0;
  for (let elapsed = 0; elapsed < setting.seconds * 1000; elapsed = Date.now() - started) {
    for (const due = (elapsed * perSecond) / 1000; count < due; count++) {
      const id = count * SESSIONS + session;
      const values = [id, `customer name number ${id}`, 'a note of some length for this row', `${id}.25`];
      await client.query(
        'insert into bench values ($1, $2, $3, $4, now(), 1, true, md5($1::bigint::text)::uuid)',
        values,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await client.end();
  return count;
}

/** Latencies of all `count` records but those committed before `countFrom` (Unix ms). */
async function readLatencies(
  bootstrap: string,
  topic: string,
  { count, countFrom }: { count: number; countFrom: number },
): Promise<number[]> {
  const kafka = new Kafka({ clientId: 'bench', brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'bench-latency' });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const latencies: number[] = [];
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachBatch: async ({ batch }) => {
          for (const { timestamp, value } of batch.messages) {
            seen++;
            const { es } = JSON.parse(value!.toString()) as { es: number };
            if (es >= countFrom) latencies.push(Number(timestamp) - es);
          }
          if (seen >= count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return latencies;
}
