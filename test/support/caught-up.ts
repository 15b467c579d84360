import type pg from 'pg';
import type { ApiClient } from './api-client.ts';
import { eventually } from './poll.ts';

/** `X/Y` as a number of bytes. */
export function lsnNumber(text: string): bigint {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export async function currentLsn(sql: pg.Client): Promise<string> {
  const { rows } = await sql.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  return rows[0]!.lsn;
}

/** Waits until Kafka has everything that was committed before this call, as the task's progress tells it. */
export async function caughtUp(api: ApiClient, id: string, sql: pg.Client, timeoutMs = 60_000): Promise<void> {
  const target = lsnNumber(await currentLsn(sql));
  // The insert position may lie behind a page header that nothing was written to yet; a record after it (which pgoutput does not
  // send) makes the server's position pass it.
  await sql.query("select pg_logical_emit_message(false, 'caught-up', '')");
  await eventually(
    `task ${id} to have published all up to now`,
    async () => {
      const { streams, state } = await api.progress(id);
      if (state.endsWith('FAILED'))
        throw new Error(`the task is ${state}: ${JSON.stringify((await api.get(id)).lastError)}`);
      return (
        streams.length > 0 &&
        streams.every(({ acknowledgedLsn }) => acknowledgedLsn !== null && lsnNumber(acknowledgedLsn) >= target)
      );
    },
    { timeoutMs },
  );
}

export type SlotRow = {
  slot_name: string;
  active: boolean;
  active_pid: number | null;
  confirmed: string | null;
  restart: string | null;
  held: string;
};

/** The slot as the server shows it; undefined when there is none. */
export async function slotRow(sql: pg.Client, slot: string): Promise<SlotRow | undefined> {
  const { rows } = await sql.query<SlotRow>(
    `select slot_name, active, active_pid, confirmed_flush_lsn::text as confirmed, restart_lsn::text as restart,
            pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text as held
       from pg_replication_slots where slot_name = $1`,
    [slot],
  );
  return rows[0];
}

/** Names of slots and publications of this database, to see what a task left behind. */
export async function leftovers(sql: pg.Client): Promise<{ slots: string[]; publications: string[] }> {
  const names = async (query: string) => (await sql.query<{ name: string }>(query)).rows.map((row) => row.name);
  return {
    slots: await names(
      'select slot_name as name from pg_replication_slots where database = current_database() order by 1',
    ),
    publications: await names('select pubname as name from pg_publication order by 1'),
  };
}
