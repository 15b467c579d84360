import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runningKafka, startKafka, stopKafka } from './kafka.ts';
import { runningPostgres, startPostgres, stopPostgres } from './postgres.ts';
import {
  describeKafka,
  describePostgres,
  readServices,
  removeServices,
  type ServicesFile,
  writeServices,
} from './state.ts';

export type UpOptions = { dir: string; postgresPort?: number; kafkaPort?: number };

export const servicesFile = (dir: string): string => join(resolve(dir), 'services.json');

/**
 * Starts what does not run yet; the servers outlive this process. Running is what a server's own folder says (pid and start time), so
 * a stale or lost services.json costs a restart of the servers at most, never a second copy of them.
 */
export async function up(options: UpOptions): Promise<ServicesFile> {
  mkdirSync(options.dir, { recursive: true });
  const known = readServices(servicesFile(options.dir));
  const before = status(options.dir);
  try {
    const [postgres, kafka] = await settleBoth(postgresUp(options, known), kafkaUp(options, known));
    const services = { postgres, kafka };
    writeServices(servicesFile(options.dir), services);
    return services;
  } catch (error) {
    // Half a pair is of no use, and nobody would know of it; what ran before stays.
    if (!before.postgresPid) await stopPostgres(folders(options.dir).postgres);
    if (!before.kafkaPid) await stopKafka(folders(options.dir).kafka);
    throw error;
  }
}

/** Stops both servers, whoever started them, and waits for their end; says which ones ran. */
export async function down(dir: string): Promise<{ postgres: boolean; kafka: boolean }> {
  const [postgres, kafka] = await settleBoth(stopPostgres(folders(dir).postgres), stopKafka(folders(dir).kafka));
  removeServices(servicesFile(dir));
  return { postgres, kafka };
}

export function status(dir: string): {
  services: ServicesFile | null;
  postgresPid: number | null;
  kafkaPid: number | null;
} {
  return {
    services: readServices(servicesFile(dir)),
    postgresPid: runningPostgres(folders(dir).postgres)?.pid ?? null,
    kafkaPid: runningKafka(folders(dir).kafka)?.pid ?? null,
  };
}

async function postgresUp(options: UpOptions, known: ServicesFile | null): Promise<ServicesFile['postgres']> {
  const { postgres: dataDir } = folders(options.dir);
  const running = runningPostgres(dataDir);
  if (running && known?.postgres.pid === running.pid && samePort(options.postgresPort, known.postgres.port))
    return known.postgres;
  const port = options.postgresPort ? { port: options.postgresPort } : {};
  return describePostgres(await startPostgres({ dataDir, ...port, outlive: true }));
}

async function kafkaUp(options: UpOptions, known: ServicesFile | null): Promise<ServicesFile['kafka']> {
  const { kafka: dataDir } = folders(options.dir);
  const running = runningKafka(dataDir);
  if (running && known?.kafka.pid === running.pid && samePort(options.kafkaPort, known.kafka.port)) return known.kafka;
  const port = options.kafkaPort ? { port: options.kafkaPort } : {};
  return describeKafka(await startKafka({ dataDir, ...port, outlive: true }));
}

function folders(dir: string): { postgres: string; kafka: string } {
  return { postgres: join(resolve(dir), 'postgres'), kafka: join(resolve(dir), 'kafka') };
}

function samePort(asked: number | undefined, running: number): boolean {
  return !asked || asked === running;
}

/** Promise.all that waits for the other side too: nothing may go on starting or stopping behind a caller who saw an error. */
async function settleBoth<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
