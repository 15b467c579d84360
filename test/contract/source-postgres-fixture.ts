import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { SourceEndpoint } from '../../src/domain/endpoints.ts';
import type { SelectedObjects, SourcePrecheckRequest, SourceTable } from '../../src/source/source.ts';
import { freshDatabase, type TestDatabase } from '../support/servers.ts';

/** A database with an open session of the superuser. */
export interface SourceFixture extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly admin: pg.Client;
  /** Logs in as the superuser, or as `username`. */
  endpoint(username?: string): SourceEndpoint;
  /** A role of its own for this test, with `attributes` (LOGIN and a password are given). */
  createRole(attributes?: string): Promise<string>;
}

const ROLE_PASSWORD = 'role password 1';

export async function openFixture(): Promise<SourceFixture> {
  const database = await freshDatabase('src');
  const admin = await database.connect();
  const roles: string[] = [];
  const { host, port, user, password, database: name } = database.config;
  return {
    database,
    admin,
    endpoint: (username) => ({
      dialect: 'postgres',
      host,
      port,
      database: name,
      username: username ?? user,
      password: username === undefined ? password : ROLE_PASSWORD,
    }),
    createRole: async (attributes = '') => {
      const role = uniqueName('role');
      await admin.query(`create role ${role} login password '${ROLE_PASSWORD}' ${attributes}`);
      roles.push(role);
      return role;
    },
    [Symbol.asyncDispose]: async () => {
      for (const role of roles) await admin.query(`reassign owned by ${role} to current_user; drop owned by ${role}`);
      for (const role of roles) await admin.query(`drop role ${role}`);
      await database.drop();
    },
  };
}

export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}

/** Selects tables by name; names that no table has are unmatched patterns. */
export function pick(...names: readonly string[]): (tables: readonly SourceTable[]) => SelectedObjects<SourceTable> {
  return (tables) => ({
    tables: tables.filter((table) => names.includes(`${table.schema}.${table.table}`)),
    unmatched: names.filter((name) => !tables.some((table) => `${table.schema}.${table.table}` === name)),
  });
}

export function precheckRequest(
  endpoint: SourceEndpoint,
  parts: Partial<SourcePrecheckRequest> & Pick<SourcePrecheckRequest, 'select'>,
): SourcePrecheckRequest {
  const names = { slot: uniqueName('slot'), managedPublication: uniqueName('pub') };
  const heartbeat = { schema: 'public', create: false, intervalMs: 10_000 };
  return { endpoint, ...names, slotOwned: false, userPublication: null, decoding: {}, heartbeat, ...parts };
}
