import pg from 'pg';
import { eventually } from './poll.ts';
import type { DatabaseConfig } from './servers.ts';

export type SlotHolder = { pid: number } & AsyncDisposable;

/** A session of somebody else that reads the slot, and reads on until it is ended: what a forgotten pg_recvlogical is. */
export async function holdSlot(database: DatabaseConfig, slot: string, publication: string): Promise<SlotHolder> {
  const config = { ...database, replication: 'database', application_name: 'slot holder' };
  const client = new pg.Client(config as pg.ClientConfig);
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  // Never answers: the session is in copy mode until it ends.
  const options = `proto_version '1', publication_names '${publication}'`;
  client.query(`START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (${options})`).catch(() => undefined);
  const { pid } = rows[0]!;
  const watcher = new pg.Client(database);
  await watcher.connect();
  await eventually(`slot ${slot} to be held`, async () => {
    const found = await watcher.query('select from pg_replication_slots where slot_name = $1 and active_pid = $2', [
      slot,
      pid,
    ]);
    return found.rowCount === 1;
  });
  await watcher.end();
  return {
    pid,
    async [Symbol.asyncDispose]() {
      // end() would wait for the query; the socket's end is enough.
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    },
  };
}
