import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type KafkaOptions, type KafkaServer, startKafka } from '../../scripts/services/kafka.ts';
import { type PostgresOptions, type PostgresServer, startPostgres } from '../../scripts/services/postgres.ts';
import { readServices, type ServicesFile } from '../../scripts/services/state.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export type Login = { host: string; port: number; user: string; password: string };
export type DatabaseConfig = Login & { database: string };

export type TestDatabase = {
  name: string;
  config: DatabaseConfig;
  /** A new session; drop() closes those that are still open. */
  connect(): Promise<pg.Client>;
  /** Ends all sessions, drops the database's replication slots, then the database. */
  drop(): Promise<void>;
} & AsyncDisposable;

const DEFAULT_FILE = join(import.meta.dirname, '..', '..', '.dev', 'services.json');

/** The servers that `npm test` or `npm run services -- up` started; throws with the command when there are none. */
export function useServers(): ServicesFile {
  const file = process.env.GAUSSCAST_TEST_SERVICES || DEFAULT_FILE;
  const services = readServices(file);
  if (!services)
    throw new Error(
      `no test servers: ${file} is missing; run the tests by \`npm test\`, or \`npm run services -- up\` first`,
    );
  return services;
}

/** A database of its own for one test, on the shared server or on `server`. */
export async function freshDatabase(prefix: string, server?: Login): Promise<TestDatabase> {
  const { host, port, user, password } = server ?? useServers().postgres;
  const login = { host, port, user, password };
  const name = `${prefix}_${suffix()}`;
  await asAdmin(login, (admin) => admin.query(`create database ${admin.escapeIdentifier(name)}`));
  const config = { ...login, database: name };
  const sessions: pg.Client[] = [];
  const drop = async (): Promise<void> => {
    await Promise.allSettled(sessions.map((session) => session.end()));
    await asAdmin(login, (admin) => dropDatabase(admin, name));
  };
  const connect = async (): Promise<pg.Client> => {
    const session = new pg.Client(config);
    // A server that a test kills ends idle sessions; without a listener that would end the test's process.
    session.on('error', () => {});
    await session.connect();
    sessions.push(session);
    return session;
  };
  return { name, config, connect, drop, [Symbol.asyncDispose]: drop };
}

/** Login of a server that startPostgres gave. */
export function loginOf(server: PostgresServer): Login {
  return { host: server.host, port: server.port, user: server.superuser, password: server.password };
}

/** For topics, slots and task names that no other test uses. */
export function freshTopicPrefix(prefix = 't'): string {
  return `${prefix}_${suffix()}`;
}

/** A PostgreSQL of its own, for tests that stop or restart the server; disposing removes it and its data. */
export async function privatePostgres(
  options: Omit<PostgresOptions, 'dataDir'> = {},
): Promise<PostgresServer & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'gausscast-server-'));
  const server = await startPostgres({ ...options, dataDir: join(folder, 'postgres') });
  return disposable(server, async () => {
    await server.destroy();
    await rm(folder, { recursive: true, force: true });
  });
}

/** A Kafka of its own, for tests that stop or restart the broker; disposing removes it and its data. */
export async function privateKafka(
  options: Omit<KafkaOptions, 'dataDir'> = {},
): Promise<KafkaServer & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'gausscast-server-'));
  const server = await startKafka({ ...options, dataDir: join(folder, 'kafka') });
  return disposable(server, async () => {
    await server.destroy();
    await rm(folder, { recursive: true, force: true });
  });
}

export type ProxiedKafka = { server: KafkaServer; proxy: TcpProxy; proxiedBootstrap: string } & AsyncDisposable;

/**
 * A private Kafka behind a proxy: clients of `proxiedBootstrap` are sent to the proxy by the broker's metadata too, clients of
 * `server.bootstrap` go straight to it.
 */
export async function proxiedKafka(
  options: Omit<KafkaOptions, 'dataDir' | 'advertisedProxyPort'> = {},
): Promise<ProxiedKafka> {
  const proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: 0 } });
  const server = await privateKafka({ ...options, advertisedProxyPort: proxy.port });
  proxy.target = { host: '127.0.0.1', port: server.proxiedPort ?? 0 };
  return {
    server,
    proxy,
    proxiedBootstrap: `127.0.0.1:${proxy.port}`,
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Adds to the object itself: a copy would freeze `pid`, which is a getter. */
function disposable<T extends object>(server: T, dispose: () => Promise<void>): T & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: dispose });
}

async function asAdmin(login: Login, action: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ ...login, database: 'postgres' });
  await admin.connect();
  try {
    await action(admin);
  } finally {
    await admin.end();
  }
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await admin.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [name]);
  await admin.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1', [name]);
  await admin.query(`drop database if exists ${admin.escapeIdentifier(name)} with (force)`);
}

function suffix(): string {
  return randomBytes(5).toString('hex');
}
