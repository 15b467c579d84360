import { Authenticator, type HbaMethod } from './auth.ts';
import { type CommitSpec, commitTogether } from './commits.ts';
import { type ModelTable, modelTable, type Role, type TableSpec } from './model.ts';
import { ServerError } from './server-error.ts';
import { defaultSettings } from './settings.ts';
import { Slots } from './slots.ts';
import type { SqlHandler } from './statement.ts';
import { Wal } from './wal.ts';
import type { StandbyStatus } from './wire.ts';

/** What a fake server is made of; all of it has a default. */
export interface FakeOptions {
  readonly database?: string;
  readonly compatibility?: 'A' | 'B' | 'C' | 'PG';
  readonly encoding?: string;
  /** True: a standby. */
  readonly isStandby?: boolean;
  /** `version()`. */
  readonly version?: string;
  readonly otherDatabases?: readonly string[];
  /** As IDENTIFY_SYSTEM tells it. */
  readonly systemId?: string;
  readonly roles?: readonly Role[];
  /** Method of pg_hba.conf for those who have none of their own; sha256 when left out. */
  readonly hba?: HbaMethod;
  /** Server settings that differ from the recorded ones, as pg_settings shows them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A second port, for replication; with enable_thread_pool = on the first one refuses it. */
  readonly hasHaPort?: boolean;
  /** False: pg_hba.conf has no line for `replication`. */
  readonly allowsReplication?: boolean;
  /** PEM; without it SSLRequest is answered by `N`. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** False: a server before 3.0, which knows neither parallel decoding nor its options. */
  readonly knowsParallelDecoding?: boolean;
  /** Largest parallel-decode-num that the server takes; 20 as the real one. 1: it refuses to decode in parallel. */
  readonly maxParallelism?: number;
  /** Records are sent together up to this size; 1 MiB as the real server. */
  readonly batchBytes?: number;
  /** How often an idle parallel stream sends a keepalive. */
  readonly idleKeepaliveMs?: number;
  /** Keepalives of parallel streams tell the end of WAL, delivered or not; true as on a busy server. */
  readonly keepalivesRunAhead?: boolean;
  readonly setTimer?: SetTimer;
}

export type SetTimer = (callback: () => void, ms: number) => () => void;

/** One client's session, as the other sessions see it. */
export interface ServerSession {
  readonly pid: bigint;
  /** Under which it acts: the initial user on a replication connection. */
  readonly user: string;
  readonly database: string;
  readonly applicationName: string;
  readonly isReplication: boolean;
  readonly clientPort: number;
  readonly startedAt: Date;
  /** Settings of its own, by lower-case name. */
  readonly settings: Map<string, string>;
  /** Ends it with a last word. */
  terminate(error: ServerError): void;
}

/** A transaction that somebody else has open: slots cannot be created before it ends. */
export interface OpenTransaction {
  readonly pid: bigint;
  readonly xid: bigint;
  readonly user: string;
  readonly applicationName: string;
  readonly query: string;
  /** How long it is open; 1 when left out. */
  readonly seconds?: number;
}

/** How transactions get to the streams. */
export interface Delivery {
  /** Those that end behind it are held back; null: none are. */
  upTo: bigint | null;
  /** The next transaction is cut in the middle, with its connection. */
  isCutNext: boolean;
}

/** The name of the role that replication sessions act as. */
export const INITIAL_USER = 'omm';
const FIRST_LSN = 0x100_0000n;
const FIRST_PID = 140_619_000_000_000n;
const VERSION =
  '(openGauss-lite 7.0.0-RC2 build 7e1fc94a) compiled at 2026-11-21 01:01:22 commit 0 last mr 0 release on x86_64-linux-gnu, compiled by g++ (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit';

/** Everything the sessions of a fake server share. */
export class ServerState {
  readonly options: FakeOptions;
  readonly database: string;
  readonly version: string;
  readonly roles: Map<string, Role>;
  /** As pg_settings shows them. */
  readonly settings: Map<string, string>;
  /** What ALTER DATABASE has set. */
  readonly databaseSettings = new Map<string, string>();
  /** By `schema.table`. */
  readonly tables = new Map<string, ModelTable>();
  /** Tables of each publication, as `schema.table`. */
  readonly publications = new Map<string, readonly string[]>();
  /** Rows of the heartbeat table. */
  readonly heartbeats = new Map<string, number>();
  readonly slots = new Slots();
  /** Slots that are being decoded in parallel, each with what of its stream waits between the server's threads. */
  readonly parallelStreams = new Map<string, { readonly queued: number }>();
  readonly wal = new Wal(FIRST_LSN);
  readonly authenticator = new Authenticator();
  readonly sessions = new Set<ServerSession>();
  readonly openTransactions: OpenTransaction[] = [];
  readonly delivery: Delivery = { upTo: null, isCutNext: false };
  /** Asked before the server's own answers. */
  readonly handlers: SqlHandler[] = [];
  readonly statuses: StandbyStatus[] = [];
  readonly commands: string[] = [];
  readonly unanswered: string[] = [];
  readonly violations: string[] = [];
  readonly setTimer: SetTimer;
  isSilent = false;
  #nextPid = FIRST_PID;

  constructor(options: FakeOptions) {
    this.options = options;
    this.database = options.database ?? 'shop';
    this.version = options.version ?? VERSION;
    this.roles = new Map((options.roles ?? []).map((role) => [role.name, role]));
    this.settings = new Map([...defaultSettings(), ...Object.entries(options.settings ?? {})]);
    this.setTimer = options.setTimer ?? realTimer;
  }

  /** Adds or replaces a table; one that is replaced keeps its oid. `xid`: the transaction that did it. */
  defineTable(name: string, spec: TableSpec, xid = this.wal.lastXid): ModelTable {
    const oid = this.tables.get(name)?.oid;
    const table = modelTable(
      name,
      { ...spec, ...(oid === undefined ? {} : { oid }), changedBy: xid },
      this.tables.size,
    );
    this.tables.set(name, table);
    return table;
  }

  /** Errors: 42P01. */
  table(name: string): ModelTable {
    const table = this.tables.get(name);
    if (table === undefined) throw new ServerError('42P01', `relation "${name}" does not exist on og2`);
    return table;
  }

  /** Schemas with tables, and public. */
  hasSchema(name: string): boolean {
    return name === 'public' || [...this.tables.values()].some(({ schema }) => schema === name);
  }

  /** Commits transactions that ran at the same time. */
  commit(specs: readonly CommitSpec[]): void {
    commitTogether(this.wal, specs, {
      find: (name) => this.table(name),
      alter: (name, columns, xid) => this.defineTable(name, { ...this.table(name), columns }, xid),
      nowUs: BigInt(Date.now()) * 1000n,
    });
  }

  takePid(): bigint {
    this.#nextPid += 2432n;
    return this.#nextPid;
  }

  role(name: string): Role | undefined {
    return this.roles.get(name);
  }

  /** A setting as the session has it; undefined: there is no such setting. */
  settingOf(session: Pick<ServerSession, 'settings'>, name: string): string | undefined {
    return session.settings.get(name.toLowerCase()) ?? settingNamed(this.settings, name);
  }

  /** The server's own value; undefined: there is no such setting. */
  setting(name: string): string | undefined {
    return settingNamed(this.settings, name);
  }
}

/** Names of settings are not case-sensitive. */
function settingNamed(settings: ReadonlyMap<string, string>, name: string): string | undefined {
  for (const [known, value] of settings) if (known.toLowerCase() === name.toLowerCase()) return value;
  return undefined;
}

function realTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
