import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { choosePort } from './ports.ts';
import { findBinaries, type Owner, serverOwner } from './postgres-binaries.ts';
import { existingFolder, type PostgresFolder, password, prepareFolder } from './postgres-folder.ts';
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

export type StopMode = 'fast' | 'immediate';

export type PostgresOptions = {
  dataDir: string;
  /** 0 or undefined: any free port. */
  port?: number;
  settings?: Record<string, string>;
  /** True: the server outlives this process (`dev-services up`). Otherwise it ends with it. */
  outlive?: boolean;
};

export type PostgresServer = {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly superuser: 'postgres';
  readonly password: string;
  /** The postmaster's. Changes with a restart. */
  readonly pid: number;
  readonly binDir: string;
  readonly logFile: string;
  readonly url: string;
  stop(mode?: StopMode): Promise<void>;
  /** After stop(): the same port and data. */
  start(): Promise<void>;
  restart(mode?: StopMode): Promise<void>;
  /** Stops it and removes its data. */
  destroy(): Promise<void>;
};

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
/** Postmaster signals: PostgreSQL documentation, "Shutting Down the Server". */
const STOP_SIGNALS: Record<StopMode, NodeJS.Signals> = { fast: 'SIGINT', immediate: 'SIGQUIT' };

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_wal_senders: '30',
  max_replication_slots: '30',
};

/** Starts a real PostgreSQL with logical decoding on loopback; data, log and process id stay in `dataDir`. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const owner = serverOwner();
  const folder = prepareFolder(options.dataDir, owner);
  await stopStored(folder);
  const binDir = findBinaries(owner, folder.binaries);
  const secret = password(folder, owner);
  if (!existsSync(join(folder.cluster, 'PG_VERSION'))) createCluster(binDir, folder, owner);
  const port = await choosePort(options.port, 'PostgreSQL');
  const settings = { ...SETTINGS, ...options.settings, port: String(port) };
  let current = await launch(binDir, folder, settings, owner);
  const forget = options.outlive ? () => {} : endWithUs(() => current, STOP_SIGNALS.fast);

  const stop = (mode: StopMode = 'fast') => endProcess(current, STOP_SIGNALS[mode], STOP_TIMEOUT_MS);
  const start = async (): Promise<void> => {
    await stop();
    current = await launch(binDir, folder, settings, owner);
  };
  return {
    host: '127.0.0.1',
    port,
    superuser: 'postgres',
    password: secret,
    get pid() {
      return current.pid;
    },
    binDir,
    logFile: folder.logFile,
    url: `postgres://postgres:${secret}@127.0.0.1:${port}/postgres`,
    stop,
    start,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    async destroy() {
      await stop('immediate');
      forget();
      rmSync(folder.home, { recursive: true, force: true });
      rmSync(options.dataDir, { recursive: true, force: true });
    },
  };
}

/** The server process of that folder if one runs, whoever started it. */
export function runningPostgres(dataDir: string): ProcessIdentity | null {
  const folder = existingFolder(dataDir);
  return folder && storedProcess(folder.identityFile);
}

/** Stops the server of that folder, whoever started it. */
export async function stopPostgres(dataDir: string): Promise<boolean> {
  const folder = existingFolder(dataDir);
  return folder !== null && stopStored(folder);
}

async function stopStored(folder: PostgresFolder): Promise<boolean> {
  const stored = storedProcess(folder.identityFile);
  if (stored) await endProcess(stored, STOP_SIGNALS.fast, STOP_TIMEOUT_MS);
  return stored !== null;
}

function createCluster(binDir: string, folder: PostgresFolder, owner: Owner | undefined): void {
  // What an interrupted initdb left behind would make it refuse.
  rmSync(folder.cluster, { recursive: true, force: true });
  const args = [
    '-D',
    folder.cluster,
    '-U',
    'postgres',
    '-E',
    'UTF8',
    '--locale',
    'C',
    '-A',
    'scram-sha-256',
    `--pwfile=${folder.passwordFile}`,
  ];
  const result = spawnSync(join(binDir, 'initdb'), args, { cwd: folder.home, encoding: 'utf8', ...owner });
  if (result.status !== 0) {
    throw new Error(`initdb failed: ${result.error?.message ?? `${result.stdout}\n${result.stderr}`}`, {
      cause: result.error,
    });
  }
}

async function launch(
  binDir: string,
  folder: PostgresFolder,
  settings: Record<string, string>,
  owner: Owner | undefined,
): Promise<ProcessIdentity> {
  const { cluster, logFile } = folder;
  const args = ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const child = spawnDaemon({
    command: join(binDir, 'postgres'),
    args,
    logFile,
    cwd: folder.home,
    ...(owner && { owner }),
  });
  child.unref();
  const identity = identify(child.pid ?? -1);
  if (!identity) throw new Error(`could not start ${binDir}/postgres; its log is ${logFile}`);
  storeIdentity(folder.identityFile, identity);
  try {
    await untilReady('PostgreSQL', identity, logFile, async () => isReady(cluster, identity.pid), START_TIMEOUT_MS);
  } catch (error) {
    await endProcess(identity, STOP_SIGNALS.immediate, STOP_TIMEOUT_MS);
    throw error;
  }
  return identity;
}

/** As pg_ctl does: line 8 of postmaster.pid says "ready" once connections are accepted; line 1 tells it from a stale file. */
function isReady(cluster: string, pid: number): boolean {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return false;
  const lines = readFileSync(file, 'utf8').split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
