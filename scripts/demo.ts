import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printRecords } from './demo/consumer.ts';
import { createShop, shopTask, writeChanges } from './demo/shop.ts';
import { GausscastProcess, type TaskAnswer } from './services/gausscast.ts';
import { startKafka } from './services/kafka.ts';
import { startPostgres } from './services/postgres.ts';

/** Everything started, in order; closed in reverse order, once. */
const started: { name: string; stop: () => Promise<unknown> }[] = [];
let stopping: Promise<void> | null = null;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const once = process.argv.includes('--once');
  const folder = await mkdtemp(join(tmpdir(), 'gausscast-demo-'));
  started.push({ name: 'data folder', stop: () => rm(folder, { recursive: true, force: true }) });
  say('Starting PostgreSQL and Kafka …');
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres') });
  started.push({ name: 'PostgreSQL', stop: () => postgres.stop('fast') });
  const kafka = await startKafka({ dataDir: join(folder, 'kafka') });
  started.push({ name: 'Kafka', stop: () => kafka.stop() });
  const service = await GausscastProcess.start(join(folder, 'gausscast'));
  started.push({ name: 'Gausscast', stop: () => service.stop() });

  const shop = await createShop(postgres);
  started.push({ name: 'database session', stop: () => shop.end() });
  const task = await service.call<TaskAnswer>('POST', '/tasks', shopTask(postgres, kafka.bootstrap));
  say(`\nTask ${task.name} created (${task.id}). Precheck:`);
  for (const check of await service.precheck(task.id)) say(`  ${check.status.padEnd(6)} ${check.id}: ${check.message}`);
  await service.startTask(task.id);
  say('\nTask is streaming. Records as they arrive:');
  const [written, records] = await Promise.all([writeChanges(shop), printRecords(kafka.bootstrap, say)]);
  started.push({ name: 'consumer', stop: () => records.stop() });
  await records.seen(written);
  say(`\n${written} changes written, ${written} records seen.`);
  if (once) return finish(0);
  say(
    `\nREST       ${service.url}/api/v1/tasks/${task.id}\nAPI docs   ${service.url}/docs\nMetrics    ${service.url}/metrics`,
  );
  say(`PostgreSQL ${postgres.url}\nKafka      ${kafka.bootstrap}\n\nCtrl-C stops everything.`);
}

async function finish(code: number): Promise<void> {
  stopping ??= stopAll();
  await stopping;
  process.exit(code);
}

async function stopAll(): Promise<void> {
  for (let entry = started.pop(); entry; entry = started.pop()) {
    await entry.stop().catch((error: unknown) => say(`could not stop ${entry?.name}: ${String(error)}`));
  }
  say('Everything stopped.');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void finish(0));
main().catch((error: unknown) => {
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  void finish(1);
});
