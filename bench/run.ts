import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../scripts/services/kafka.ts';
import { startPostgres } from '../scripts/services/postgres.ts';
import { captureBench } from './capture.ts';
import { latencyBench } from './latency.ts';
import type { Setting } from './setting.ts';

const WARM_UP = 300_000;

/**
 * `npm run bench [-- --changes N]` (0: only the latency): the whole real service against real servers on this machine. For transactions of
 * 1,000 and of 1 change and for 1 and 12 partitions: how fast a backlog of N changes is captured, side by side with
 * pg_recvlogical writing an equal slot to /dev/null; then commit-to-Kafka latency at 2,000 changes a second.
 */
async function main(): Promise<void> {
  const changes = Number(argument('--changes') ?? 1_000_000);
  const folder = await mkdtemp(join(tmpdir(), 'gausscast-bench-'));
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    settings: { fsync: 'off', max_wal_size: '8GB', shared_buffers: '512MB', checkpoint_timeout: '30min' },
  });
  const kafka = await startKafka({
    dataDir: join(folder, 'kafka'),
    heap: '1g',
    // Left to the system: Kafka's default of 100 kB makes a batch of 900 kB wait for many turns of the reader.
    settings: { 'socket.receive.buffer.bytes': '-1' },
  });
  try {
    if (changes > 0) await captureTable({ folder, postgres, kafka }, changes);
    const latency = await latencyBench({ folder, postgres, kafka, perSecond: 2000, seconds: 20 });
    console.log(
      `\ncommit to Kafka at 2000 changes/s (${latency.count} records): p50 ${latency.p50} ms, p99 ${latency.p99} ms, max ${latency.max} ms, CPU ${latency.cpuMicros.toFixed(1)} µs per change`,
    );
  } finally {
    await kafka.stop();
    await postgres.stop('immediate');
    await rm(folder, { recursive: true, force: true });
  }
}

async function captureTable(setting: Setting, changes: number): Promise<void> {
  console.log(`${changes} changes, 8 columns, 60 % insert, 25 % update, 15 % delete; ${process.version}\n`);
  console.log(
    'per tx | partitions | pg_recvlogical/s | gausscast/s | ratio | CPU µs per change | broker CPU µs | peak RSS MB',
  );
  // Not reported: the broker's JVM compiles its hot path during the first few hundred thousand records.
  await captureBench({ ...setting, changes: WARM_UP, perTransaction: 500, partitions: 6 });
  for (const perTransaction of [1000, 1]) {
    for (const partitions of [1, 12]) {
      const result = await captureBench({ ...setting, changes, perTransaction, partitions });
      const cells = [
        String(perTransaction).padStart(6),
        String(partitions).padStart(10),
        Math.round(result.receiverRate).toString().padStart(16),
        Math.round(result.rate).toString().padStart(11),
        (result.rate / result.receiverRate).toFixed(2).padStart(5),
        result.cpuMicros.toFixed(2).padStart(17),
        result.brokerMicros.toFixed(2).padStart(13),
        result.peakMegabytes.toFixed(0).padStart(11),
      ];
      console.log(cells.join(' | '));
    }
  }
}

function argument(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

// Servers end with this process, which must therefore end by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
await main();
