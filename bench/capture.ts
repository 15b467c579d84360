import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type pg from 'pg';
import { GausscastProcess } from '../scripts/services/gausscast.ts';
import { cpuSeconds, peakMegabytes } from './process-usage.ts';
import { benchTask, createDatabase, type Setting } from './setting.ts';

export interface CaptureResult {
  /** Changes per second of pg_recvlogical on an equal slot. */
  readonly receiverRate: number;
  readonly rate: number;
  /** CPU per change of the service, and of the broker meanwhile. */
  readonly cpuMicros: number;
  readonly brokerMicros: number;
  readonly peakMegabytes: number;
}

interface ProgressAnswer {
  readonly records: { readonly published: number };
}

export interface CaptureSetting extends Setting {
  readonly changes: number;
  readonly perTransaction: number;
  readonly partitions: number;
}

/**
 * One cell of the table. The task is started so that its slot exists, the service is stopped, the backlog written, and
 * then captured: first by pg_recvlogical from a slot made at the same place, then by the service from its own.
 */
export async function captureBench(setting: CaptureSetting): Promise<CaptureResult> {
  const { folder, changes, perTransaction, partitions } = setting;
  const database = `bench_${perTransaction}_${partitions}`;
  const dataDir = join(folder, database);
  const client = await createDatabase(setting, database);
  const first = await GausscastProcess.start(dataDir);
  const task = await first.call<{ id: string; publication: string }>(
    'POST',
    '/tasks',
    benchTask(setting, database, { partitions }),
  );
  await first.precheck(task.id);
  await first.startTask(task.id);
  await first.stop();
  await client.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [`recv_${database}`]);
  await client.query(`call load_bench(1, ${changes}, ${perTransaction})`);
  const end = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  const receiverSeconds = await receive(setting, database, task.publication, end.rows[0]!.lsn, client);
  const captured = await capture(dataDir, task.id, changes, setting.kafka.pid);
  await client.query('select pg_drop_replication_slot($1)', [`recv_${database}`]);
  await client.end();
  return { ...captured, rate: changes / captured.seconds, receiverRate: changes / receiverSeconds };
}

/** Seconds the service needs from its first acknowledged record to the last, with the CPU it used meanwhile. */
async function capture(dataDir: string, id: string, changes: number, brokerPid: number) {
  const service = await GausscastProcess.start(dataDir);
  const started = process.hrtime.bigint();
  const cpuBefore = cpuSeconds(service.pid);
  const brokerBefore = cpuSeconds(brokerPid);
  await service.until<ProgressAnswer>(`/tasks/${id}/progress`, ({ records }) => records.published >= changes);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const cpuMicros = ((cpuSeconds(service.pid) - cpuBefore) * 1e6) / changes;
  const brokerMicros = ((cpuSeconds(brokerPid) - brokerBefore) * 1e6) / changes;
  const peak = peakMegabytes(service.pid);
  await service.call('POST', `/tasks/${id}/stop`, { force: true });
  await service.stop();
  return { seconds, cpuMicros, brokerMicros, peakMegabytes: peak };
}

/** Seconds pg_recvlogical needs to read the equal slot up to `endLsn` into /dev/null. */
async function receive(
  setting: Setting,
  database: string,
  publication: string,
  endLsn: string,
  client: pg.Client,
): Promise<number> {
  const { binDir, host, port, superuser, password } = setting.postgres;
  // Something must follow the end position, else the receiver waits for the next WAL.
  await client.query("select pg_logical_emit_message(false, 'bench', 'end')");
  const started = process.hrtime.bigint();
  const receiver = spawn(
    join(binDir, 'pg_recvlogical'),
    [
      '-h',
      host,
      '-p',
      String(port),
      '-U',
      superuser,
      '-d',
      database,
      '-S',
      `recv_${database}`,
      '--start',
      '--no-loop',
      '-f',
      '/dev/null',
      '-E',
      endLsn,
      '-o',
      'proto_version=1',
      '-o',
      `publication_names=${publication}`,
    ],
    { env: { ...process.env, PGPASSWORD: password }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [code] = await once(receiver, 'exit');
  if (code !== 0) throw new Error(`pg_recvlogical ended with ${code}`);
  return Number(process.hrtime.bigint() - started) / 1e9;
}
