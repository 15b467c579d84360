import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { SourceEndpoint } from '../../../src/domain/endpoints.ts';
import type { CommitSpec } from './commits.ts';
import { ClientConnection } from './connection.ts';
import type { ModelTable, TableSpec } from './model.ts';
import { recordedTables } from './recorded-tables.ts';
import { loadRecording } from './recording.ts';
import { type FakeOptions, type OpenTransaction, type ServerSession, ServerState } from './state.ts';
import type { SqlHandler } from './statement.ts';

/** A user that may all: replicates, sees every session, ends every session. */
export const ADMIN = { name: 'cdc', password: 'Gauss@123', replication: true, sysadmin: true } as const;

/**
 * An openGauss on a loopback port: logins, the SQL of the product, slots, and streams in every format, of recorded and of
 * made-up transactions. It refuses what a real one refuses; what no client may do it notes in `violations`, and statements
 * that it does not know in `unanswered`.
 */
export class FakeOpenGauss implements AsyncDisposable {
  readonly state: ServerState;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<ClientConnection>();

  static async listen(options: FakeOptions = {}): Promise<FakeOpenGauss> {
    const fake = new FakeOpenGauss({ roles: [ADMIN], ...options });
    await fake.#open(false);
    if (options.hasHaPort) await fake.#open(true);
    return fake;
  }

  private constructor(options: FakeOptions) {
    this.state = new ServerState(options);
  }

  get port(): number {
    return (this.#servers[0]!.address() as AddressInfo).port;
  }

  /** Undefined without `hasHaPort`. */
  get haPort(): number | undefined {
    return (this.#servers[1]?.address() as AddressInfo | undefined)?.port;
  }

  /** How to reach it as `ADMIN`. */
  endpoint(changes: Partial<SourceEndpoint> = {}): SourceEndpoint {
    return {
      dialect: 'opengauss',
      host: '127.0.0.1',
      port: this.port,
      replicationPort: this.haPort,
      database: this.state.database,
      username: ADMIN.name,
      password: ADMIN.password,
      ...changes,
    };
  }

  get sessions(): readonly ServerSession[] {
    return [...this.state.sessions];
  }

  failedLogins(user: string): number {
    return this.state.authenticator.failures(user);
  }

  /** Adds or replaces the table `schema.table`. */
  table(name: string, spec: TableSpec): ModelTable {
    return this.state.defineTable(name, spec);
  }

  /** Commits a transaction. */
  commit(...changes: CommitSpec['changes']): void {
    this.commitTogether([{ changes }]);
  }

  /** Commits transactions that ran at the same time: one commit record starts where the one before ends. */
  commitTogether(transactions: readonly CommitSpec[]): void {
    this.state.commit(transactions);
  }

  /** Puts a recorded scenario behind what is in the WAL, and its tables into the catalog; see SCENARIOS for the order. */
  play(scenario: string): void {
    this.createTables(scenario);
    this.state.wal.append(loadRecording(scenario));
  }

  /** Puts the tables of a recorded scenario into the catalog, before it is played: a task needs them to start. */
  createTables(scenario: string): void {
    for (const table of recordedTables(scenario, this.state.tables.size)) {
      const name = `${table.schema}.${table.name}`;
      if (!this.state.tables.has(name)) this.state.tables.set(name, table);
    }
  }

  /** Somebody has a transaction open until the result is called. */
  openTransaction(transaction: OpenTransaction): () => void {
    this.state.openTransactions.push(transaction);
    return () => {
      this.state.openTransactions.splice(this.state.openTransactions.indexOf(transaction), 1);
    };
  }

  /** Answers before the server's own. */
  answer(handler: SqlHandler): void {
    this.state.handlers.unshift(handler);
  }

  /** Nothing is delivered until `resumeDelivery`; keepalives go on. */
  pauseDelivery(): void {
    this.state.delivery.upTo = 0n;
  }

  /** What ends behind `upTo` is held back still. */
  resumeDelivery(upTo: bigint | null = null): void {
    this.state.delivery.upTo = upTo;
    this.state.wal.notify();
  }

  /** The next transaction with rows breaks off in the middle, with its connection. */
  cutNextTransaction(): void {
    this.state.delivery.isCutNext = true;
  }

  /** Cuts all connections. */
  cutAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Nobody gets an answer any more, on old connections and new ones; sockets stay open. `speak` is for new ones. */
  goSilent(): void {
    this.state.isSilent = true;
    for (const connection of this.#connections) connection.mute();
  }

  speak(): void {
    this.state.isSilent = false;
  }

  /** Stop and start: connections are gone, and slots fall back to what was saved of them. */
  restart(): void {
    this.cutAll();
    this.state.slots.forgetUnsaved();
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => once(server, 'close'));
    for (const server of this.#servers) server.close();
    this.cutAll();
    await Promise.all(closed);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(isHaPort: boolean): Promise<void> {
    const server = createServer((socket) => {
      const connection = new ClientConnection(socket, this.state, isHaPort);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
}
