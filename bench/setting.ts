import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { KafkaServer } from '../scripts/services/kafka.ts';
import type { PostgresServer } from '../scripts/services/postgres.ts';

const LOAD_SQL = readFileSync(new URL('./load.sql', import.meta.url), 'utf8');

export interface Setting {
  readonly folder: string;
  readonly postgres: PostgresServer;
  readonly kafka: KafkaServer;
}

/** A session of the superuser in `database`. */
export async function connect({ postgres }: Setting, database: string): Promise<pg.Client> {
  const { host, port, superuser, password } = postgres;
  const client = new pg.Client({ host, port, user: superuser, password, database });
  await client.connect();
  return client;
}

/** Creates a database with the bench table and its load procedure. */
export async function createDatabase(setting: Setting, name: string): Promise<pg.Client> {
  const admin = await connect(setting, 'postgres');
  await admin.query(`create database ${name}`);
  await admin.end();
  const client = await connect(setting, name);
  await client.query(LOAD_SQL);
  await client.query('set synchronous_commit = off');
  return client;
}

/** A task that captures the bench table of `database`. */
export function benchTask({ postgres, kafka }: Setting, database: string, topic: object): unknown {
  const { host, port, superuser, password } = postgres;
  return {
    name: `bench-${database.replaceAll('_', '-')}`,
    source: { dialect: 'postgres', host, port, database, username: superuser, password },
    objects: { include: ['public.bench'] },
    target: { type: 'kafka', brokers: [kafka.bootstrap] },
    routing: { topic: { policy: 'auto', template: '${database}', replicationFactor: 1, ...topic } },
  };
}
