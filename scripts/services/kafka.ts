import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { formatStorage, type KafkaListeners, serverProperties, writeProperties } from './kafka-config.ts';
import { javaCommand, kafkaClasspath } from './kafka-jars.ts';
import { choosePort, freePort } from './ports.ts';
import {
  endProcess,
  endWithUs,
  identify,
  type ProcessIdentity,
  spawnDaemon,
  storedProcess,
  storeIdentity,
  untilReady,
} from './processes.ts';

export type KafkaOptions = {
  dataDir: string;
  /** 0 or undefined: any free port. */
  port?: number;
  nodeId?: number;
  /** Lines of server.properties; they win over ours. */
  settings?: Record<string, string>;
  /** A second listener (`proxiedPort`) whose clients are told to come to this port, where a proxy stands before it. */
  advertisedProxyPort?: number;
  /** Java's -Xmx; default 512m. */
  heap?: string;
  /** True: the server outlives this process (`dev-services up`). Otherwise it ends with it. */
  outlive?: boolean;
};

export type KafkaServer = {
  readonly bootstrap: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Where a proxy has to connect to; undefined without `advertisedProxyPort`. */
  readonly proxiedPort: number | undefined;
  readonly pid: number;
  /** For `java -cp`: Kafka, its clients and tools. */
  readonly classpath: string;
  /** Holds the partitions' folders (`topic-0/00000000000000000000.log`), for DumpLogSegments. */
  readonly dataFolder: string;
  readonly logFile: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** After stop(): the same port and data. */
  start(): Promise<void>;
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Kills it and removes its data. */
  destroy(): Promise<void>;
};

type Paths = { data: string; properties: string; logFile: string; identityFile: string };
type Program = { java: string; classpath: string; heap: string; paths: Paths };

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;
const DEFAULT_HEAP = '512m';

/** Starts a real Apache Kafka, one KRaft node on loopback; data, log and process id stay in `dataDir`. */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const java = javaCommand();
  const classpath = kafkaClasspath();
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const paths = pathsOf(options.dataDir);
  await stopStored(paths);
  const listeners = await chooseListeners(options);
  writeProperties(
    paths.properties,
    serverProperties(options.nodeId ?? 1, paths.data, listeners, options.settings ?? {}),
  );
  formatStorage(java, classpath, paths.properties, paths.data);
  const program = { java, classpath, heap: options.heap ?? DEFAULT_HEAP, paths };
  let current = await launch(program, listeners.port);
  const forget = options.outlive ? () => {} : endWithUs(() => current, 'SIGTERM');

  const stop = (signal: NodeJS.Signals = 'SIGTERM') => endProcess(current, signal, STOP_TIMEOUT_MS);
  const start = async (): Promise<void> => {
    await stop();
    current = await launch(program, listeners.port);
  };
  return {
    bootstrap: `127.0.0.1:${listeners.port}`,
    host: '127.0.0.1',
    port: listeners.port,
    proxiedPort: listeners.proxied?.port,
    get pid() {
      return current.pid;
    },
    classpath,
    dataFolder: paths.data,
    logFile: paths.logFile,
    stop,
    start,
    async restart(signal) {
      await stop(signal);
      await start();
    },
    async destroy() {
      await stop('SIGKILL');
      forget();
      rmSync(options.dataDir, { recursive: true, force: true });
    },
  };
}

/** The server process of that folder if one runs, whoever started it. */
export function runningKafka(dataDir: string): ProcessIdentity | null {
  return storedProcess(join(dataDir, 'process.json'));
}

/** Stops the server of that folder, whoever started it. */
export async function stopKafka(dataDir: string): Promise<boolean> {
  const stored = runningKafka(dataDir);
  if (stored) await endProcess(stored, 'SIGTERM', STOP_TIMEOUT_MS);
  return stored !== null;
}

async function stopStored(paths: Paths): Promise<void> {
  const stored = storedProcess(paths.identityFile);
  if (stored) await endProcess(stored, 'SIGTERM', STOP_TIMEOUT_MS);
}

function pathsOf(dataDir: string): Paths {
  const home = realpathSync(dataDir);
  return {
    data: join(home, 'data'),
    properties: join(home, 'server.properties'),
    logFile: join(home, 'server.log'),
    identityFile: join(home, 'process.json'),
  };
}

async function chooseListeners(options: KafkaOptions): Promise<KafkaListeners> {
  const port = await choosePort(options.port, 'Kafka');
  const controllerPort = await freePort();
  if (!options.advertisedProxyPort) return { port, controllerPort };
  return { port, controllerPort, proxied: { port: await freePort(), advertisedPort: options.advertisedProxyPort } };
}

async function launch(program: Program, port: number): Promise<ProcessIdentity> {
  const { java, classpath, heap, paths } = program;
  const log4j = join(import.meta.dirname, 'kafka', 'log4j2.properties');
  // G1 makes every request of half a megabyte a humongous object, and collects all the time in so small a heap.
  const args = [`-Xmx${heap}`, '-XX:+UseParallelGC', '-Djava.awt.headless=true', `-Dlog4j2.configurationFile=${log4j}`];
  args.push('-cp', classpath, 'kafka.Kafka', paths.properties);
  const child = spawnDaemon({ command: java, args, logFile: paths.logFile });
  child.unref();
  const identity = identify(child.pid ?? -1);
  if (!identity) throw new Error(`could not start ${java}; its log is ${paths.logFile}`);
  storeIdentity(paths.identityFile, identity);
  try {
    await untilReady('Kafka', identity, paths.logFile, () => answers(port), START_TIMEOUT_MS);
  } catch (error) {
    await endProcess(identity, 'SIGKILL', STOP_TIMEOUT_MS);
    throw error;
  }
  return identity;
}

/** A broker that takes connections but is not yet registered has no brokers to tell. */
async function answers(port: number): Promise<boolean> {
  const client = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
