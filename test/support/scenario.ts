import type pg from 'pg';
import type { ApiClient } from './api-client.ts';
import { freshDatabase, type Login, type TestDatabase } from './servers.ts';
import { Service, type ServiceOptions } from './service.ts';

/** A database of its own, a session in it, and a service: what most tests start from. */
export type Scenario = { db: TestDatabase; sql: pg.Client; service: Service; api: ApiClient } & AsyncDisposable;

export async function startScenario(
  prefix: string,
  options: { server?: Login; service?: ServiceOptions } = {},
): Promise<Scenario> {
  const db = await freshDatabase(prefix, options.server);
  try {
    const sql = await db.connect();
    const service = await Service.start(options.service);
    const dispose = async (): Promise<void> => {
      // First the service: as long as it runs it opens sessions in the database.
      await service[Symbol.asyncDispose]();
      await db.drop();
    };
    return { db, sql, service, api: service.api, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await db.drop();
    throw error;
  }
}
