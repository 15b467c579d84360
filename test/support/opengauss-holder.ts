import { RawClient } from './fake-opengauss/raw-client.ts';
import { ADMIN, type FakeOpenGauss } from './fake-opengauss/server.ts';

/** A session that reads a slot, and reads on until it is ended: what a forgotten pg_recvlogical is. */
export type GaussHolder = { readonly pid: number; readonly isEnded: boolean } & AsyncDisposable;

/** Reads `slot` under this application name. */
export async function holdGaussSlot(
  server: FakeOpenGauss,
  slot: string,
  applicationName: string,
): Promise<GaussHolder> {
  const client = await RawClient.connect(server.port);
  const before = new Set(server.sessions);
  await client.login(ADMIN.name, ADMIN.password, {
    database: server.state.database,
    replication: 'database',
    application_name: applicationName,
  });
  client.query(`START_REPLICATION SLOT "${slot}" LOGICAL 0/0 ("parallel-decode-num" '1')`);
  await client.next('W');
  const session = server.sessions.find((one) => !before.has(one) && one.applicationName === applicationName);
  return {
    pid: Number(session!.pid),
    get isEnded() {
      return client.isClosed;
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await client.closed();
    },
  };
}

/** Makes a slot that no task knows; returns its name. */
export function addGaussSlot(
  { state }: FakeOpenGauss,
  name: string,
  plugin = 'mppdb_decoding',
  database = state.database,
): string {
  const limit = Number(state.setting('max_replication_slots'));
  return state.slots.create(name, plugin, database, limit, state.wal.end, state.wal.lastXid).name;
}
