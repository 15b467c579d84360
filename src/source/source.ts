import type { ChangeHandler } from '../domain/change.ts';
import type { DecodingOptions, HeartbeatOptions, TableName } from '../domain/decoding.ts';
import type { SourceEndpoint } from '../domain/endpoints.ts';
import type { Lsn } from '../domain/lsn.ts';
import type { Relation, ReplicaIdentity, TableDescription } from '../domain/relation.ts';
import type { CheckResult } from '../domain/task.ts';

/**
 * What a keepalive's position proves about everything committed before it:
 *  - `delivered`: all of it was handed over; an idle stream may confirm the position;
 *  - `quiet`: likewise, as far as the server can be asked; ends a stop, is never confirmed;
 *  - `ahead`: nothing (openGauss, parallel decoding); it only tells how far the server is.
 */
export type KeepaliveReach = 'delivered' | 'quiet' | 'ahead';

/** Something a source found out that belongs into the task's log. */
export interface SourceNotice {
  readonly level: 'info' | 'warn' | 'error';
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What the pipeline hears from a stream, in stream order and synchronously. */
export interface StreamHandler extends ChangeHandler {
  /** A keepalive, handled after all bytes received before it. `serverLsn`: the server's end of WAL. */
  keepalive(serverLsn: Lsn, reach: KeepaliveReach): void;
  /** May come at any time, not only in stream order. */
  notice(notice: SourceNotice): void;
  /** Every byte received so far was handed over; nothing is waiting in a buffer. */
  idle(): void;
}

export interface StreamRequest {
  readonly endpoint: SourceEndpoint;
  readonly slot: string;
  /** Publication to read; null where the plugin needs none. */
  readonly publication: string | null;
  /** Tables to stream where no publication says it; null: what the publication holds. */
  readonly tables: readonly TableName[] | null;
  /** Stored checkpoint, passed to START_REPLICATION and repeated in status messages until the first confirmation. Not 0. */
  readonly startLsn: Lsn;
  readonly decoding: DecodingOptions;
  readonly heartbeat: HeartbeatOptions;
}

/** A running logical replication stream. */
export interface SourceStream {
  /** Highest position received (XLogData start or keepalive). Never confirm beyond it. */
  readonly receivedLsn: Lsn;
  /** What was last confirmed; the start position before that. */
  readonly confirmedLsn: Lsn;
  /** Stops handing over frames at the next frame boundary and pauses the socket. Status messages go on by timer. */
  pause(): void;
  resume(): void;
  readonly isPaused: boolean;
  /** Everything below `lsn` is stored: tells the server with the next status, at once if that is due. Never moves back. */
  confirm(lsn: Lsn): void;
  /** Makes the server show soon how far it is: by a keepalive, or by a small commit of our own where keepalives prove nothing. */
  ping(): void;
  /** Resolves after close(); rejects with a CdcError when the stream ends by itself or the handler throws. */
  readonly ended: Promise<void>;
  /** Sends a last status, ends the connection. Safe to call twice. */
  close(): Promise<void>;
}

export interface ReplicationSource {
  /** Opens the stream held: nothing is handed over until the first `resume()`. */
  open(request: StreamRequest, handler: StreamHandler): Promise<SourceStream>;
}

/** A table as the catalog shows it, before anything is streamed. */
export interface SourceTable {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  /** r(egular) or p(artitioned root). Leaf partitions are not listed: they are captured under their root. */
  readonly kind: 'r' | 'p';
  /** p(ermanent), u(nlogged), t(emporary), g(lobal temporary, openGauss). */
  readonly persistence: 'p' | 'u' | 't' | 'g';
  readonly replicaIdentity: ReplicaIdentity;
  /** Primary key column names in key order; empty: none. */
  readonly primaryKey: readonly string[];
  /** Columns of the replica identity index, if identity is `i`. */
  readonly identityColumns: readonly string[];
  /** Whether updates and deletes can be captured (key, FULL or a valid identity index). */
  readonly columns: readonly { readonly name: string; readonly typeName: string }[];
}

export interface ServerFacts {
  readonly systemId: string;
  readonly version: string;
  readonly versionNumber: number;
  readonly currentLsn: Lsn;
  readonly database: string;
}

/** Reads of the source's catalog over one ordinary connection. */
export interface Catalog {
  facts(): Promise<ServerFacts>;
  currentLsn(): Promise<Lsn>;
  /** All capturable tables (no system schemas, no leaf partitions). */
  listTables(): Promise<readonly SourceTable[]>;
  /** Key, identity and types of a relation as of now; null when the table no longer exists. */
  describe(relation: Relation): Promise<TableDescription | null>;
  close(): Promise<void>;
}

export interface SlotInfo {
  readonly slot: string;
  readonly plugin: string;
  readonly slotType: 'logical' | 'physical';
  readonly database: string | null;
  readonly active: boolean;
  readonly pid: number | null;
  readonly confirmedLsn: Lsn | null;
  readonly restartLsn: Lsn | null;
  readonly retainedWalBytes: number | null;
  /** reserved | extended | unreserved | lost, where the server tells it. */
  readonly walStatus: string | null;
}

/** Creates, shows and removes slots and publications over one ordinary connection. */
export interface SlotAdmin {
  list(): Promise<readonly SlotInfo[]>;
  find(slot: string): Promise<SlotInfo | null>;
  /** Creates a logical slot; returns its consistent point. Errors: SLOT_EXISTS, SLOT_LIMIT, SLOT_BLOCKED, SOURCE_PERMISSION. */
  create(slot: string, plugin: string): Promise<Lsn>;
  /** Ends the session that reads the slot; returns its pid, null when none did. Waits until it is gone or `timeoutMs` passed. */
  terminateHolder(slot: string, timeoutMs: number): Promise<number | null>;
  /** Drops the slot; true when it existed. Errors: SLOT_IN_USE, SLOT_DROP_FAILED. */
  drop(slot: string): Promise<boolean>;
  publicationExists(name: string): Promise<boolean>;
  /** Creates a publication for exactly these tables (publish_via_partition_root). */
  createPublication(name: string, tables: readonly TableName[]): Promise<void>;
  dropPublication(name: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface SourcePrecheckRequest {
  readonly endpoint: SourceEndpoint;
  readonly slot: string;
  /** True when the task already owns this slot (a repeated precheck): then it may exist and no free slot is needed. */
  readonly slotOwned: boolean;
  /** Name the user gave, or null when the task manages its own publication. */
  readonly userPublication: string | null;
  readonly managedPublication: string;
  readonly decoding: DecodingOptions;
  readonly heartbeat: HeartbeatOptions;
  /** Picks the tables the task captures out of the catalog (object selection). */
  readonly select: (tables: readonly SourceTable[]) => SelectedObjects<SourceTable>;
}

export interface SelectedObjects<T> {
  readonly tables: readonly T[];
  /** Include patterns that matched nothing. */
  readonly unmatched: readonly string[];
}

export interface SourcePrecheckResult {
  readonly checks: readonly CheckResult[];
  /** The selected tables, when the checks came that far (the target's checks need them). */
  readonly tables: readonly SourceTable[];
}

/** What a stream needs on the server before it can be opened. */
export interface SlotNeeds {
  readonly plugin: string;
  /** The plugin reads its tables from a publication; otherwise they are passed at each start. */
  readonly usesPublication: boolean;
}

/** All of a dialect behind one port; connections are opened per call and closed by the caller. */
export interface SourceDriver extends ReplicationSource {
  slotNeeds(decoding: DecodingOptions): SlotNeeds;
  /** Statements for people that remove a slot by hand: the end of the session that reads it (`pid`, if known), the drop. */
  dropSlotSql(slot: string, pid: number | null): readonly string[];
  openCatalog(endpoint: SourceEndpoint): Promise<Catalog>;
  openSlotAdmin(endpoint: SourceEndpoint): Promise<SlotAdmin>;
  /** Never throws for what a check can say: a failure is a check. Never sends a wrong password twice. */
  precheck(request: SourcePrecheckRequest): Promise<SourcePrecheckResult>;
  /** Reachability, TLS and login only (`/connections/source/test`). */
  testConnection(endpoint: SourceEndpoint): Promise<readonly CheckResult[]>;
}
