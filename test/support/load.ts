import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Entry, Plan } from './load-plan.ts';
import { Planner } from './load-plan.ts';
import { eventually } from './poll.ts';
import { seeded } from './random.ts';
import type { DatabaseConfig } from './servers.ts';

/** A transaction that was committed, with its changes in the order they were made. */
export type Committed = {
  writer: number;
  xid: string;
  entries: Entry[];
  /** A position at or beyond the end of its commit record; null where the server's answer was lost. */
  endsBefore: string | null;
};

/** All that was committed, per writer in the order of the commits. */
export type Journal = { committed: readonly Committed[]; rolledBack: number; seconds: number };

export type LoadOptions = { writers?: number; ratePerSecond?: number; seed?: number };

export type Load = {
  readonly committed: readonly Committed[];
  /** Ends the writers after their present transaction; throws what made one of them fail. */
  stop(): Promise<Journal>;
};

/** How long a writer tries to get its database back. */
const RECONNECT_MS = 60_000;

/**
 * Starts writers over the load's tables, each a session of its own. They keep an exact journal of what was committed, also when the
 * server goes away in the middle of a commit: the server is asked afterwards what became of the transaction.
 */
export function startLoad(database: DatabaseConfig, options: LoadOptions = {}): Load {
  const { writers = 4, ratePerSecond = 250, seed = 1 } = options;
  const committed: Committed[] = [];
  const state = { stopped: false, rolledBack: 0 };
  const startedAt = performance.now();
  const run = async (writer: number): Promise<void> => {
    const session = new Writer(database, writer, new Planner(writer, seeded(seed * 1000 + writer)));
    const everyMs = (1000 * writers) / ratePerSecond;
    let due = performance.now() + (everyMs * writer) / writers;
    try {
      for (; !state.stopped; due += everyMs) {
        const early = due - performance.now();
        if (early > 1) await sleep(early);
        const transaction = await session.write();
        if (transaction) committed.push(transaction);
        else state.rolledBack++;
      }
    } finally {
      await session.close();
    }
  };
  const ends = Array.from({ length: writers }, (_, i) => run(i + 1));
  const all = Promise.all(ends);
  // Looked at in stop(); until then a failure must not count as unhandled.
  all.catch(() => undefined);
  return {
    committed,
    async stop() {
      state.stopped = true;
      await all;
      return { committed, rolledBack: state.rolledBack, seconds: (performance.now() - startedAt) / 1000 };
    },
  };
}

class Writer {
  readonly #database: DatabaseConfig;
  readonly #number: number;
  readonly #planner: Planner;
  #client: pg.Client | null = null;

  constructor(database: DatabaseConfig, number: number, planner: Planner) {
    this.#database = database;
    this.#number = number;
    this.#planner = planner;
  }

  /** Writes the planner's next transaction; null when it did not take place. */
  async write(): Promise<Committed | null> {
    const plan = this.#planner.next();
    const client = await this.#session();
    const xid = await this.#open(client, plan);
    if (xid === null || plan.rollback) {
      plan.undo();
      if (xid !== null) await client.query('rollback').catch(() => this.close());
      return null;
    }
    const end = await this.#commit(client, xid);
    if (end === false) {
      plan.undo();
      return null;
    }
    return { writer: this.#number, xid, entries: plan.entries, endsBefore: end };
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  /** Null when the connection was lost, which rolls back. Any other error is one of the load itself. */
  async #open(client: pg.Client, plan: Plan): Promise<string | null> {
    const sql = ['begin', 'select pg_current_xact_id()::text as xid', ...plan.statements].join(';\n');
    try {
      const results = (await client.query(sql)) as unknown as pg.QueryResult<{ xid: string }>[];
      return results[1]!.rows[0]!.xid;
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      await this.close();
      return null;
    }
  }

  /** A position beyond the commit, or null where only the fact is known; false: it was not committed after all. */
  async #commit(client: pg.Client, xid: string): Promise<string | null | false> {
    try {
      const results = (await client.query(
        'commit; select pg_current_wal_insert_lsn()::text as lsn',
      )) as unknown as pg.QueryResult<{ lsn: string }>[];
      return results[1]!.rows[0]!.lsn;
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      await this.close();
      return (await this.#wasCommitted(xid)) ? null : false;
    }
  }

  #wasCommitted(xid: string): Promise<boolean> {
    return eventually(
      `the fate of transaction ${xid}`,
      async () => {
        const client = await this.#session();
        try {
          const { rows } = await client.query<{ status: string }>('select pg_xact_status($1::xid8) as status', [xid]);
          return rows[0]!.status === 'in progress' ? undefined : { committed: rows[0]!.status === 'committed' };
        } catch {
          await this.close();
          return undefined;
        }
      },
      { timeoutMs: RECONNECT_MS },
    ).then(({ committed }) => committed);
  }

  async #session(): Promise<pg.Client> {
    this.#client ??= await eventually(`writer ${this.#number} to connect`, () => this.#connect(), {
      timeoutMs: RECONNECT_MS,
    });
    return this.#client;
  }

  async #connect(): Promise<pg.Client | null> {
    const client = new pg.Client({ ...this.#database, application_name: `load ${this.#number}` });
    client.on('error', () => undefined);
    try {
      await client.connect();
      // Commits without a disk sync: the rate is what counts here, and commit records come close together.
      await client.query('set synchronous_commit = off');
      return client;
    } catch {
      await client.end().catch(() => undefined);
      return null;
    }
  }
}

/** Class 57P: the server shuts down; no SQLSTATE: the socket ended. */
function isConnectionLoss(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === undefined || code.startsWith('57P') || code.startsWith('08') || /^E[A-Z]+$/.test(code);
}
