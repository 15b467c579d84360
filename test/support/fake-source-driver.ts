import type { SourceEndpoint } from '../../src/domain/endpoints.ts';
import { CdcError } from '../../src/domain/errors.ts';
import { type Lsn, parseLsn } from '../../src/domain/lsn.ts';
import type { CheckResult } from '../../src/domain/task.ts';
import type {
  Catalog,
  SlotAdmin,
  SlotInfo,
  SlotNeeds,
  SourceDriver,
  SourcePrecheckRequest,
  SourcePrecheckResult,
  SourceTable,
} from '../../src/source/source.ts';

/** A source in memory: slots, publications, a WAL position, and the ways in which it can fail. */
export class FakeSource implements SourceDriver {
  readonly slots = new Map<string, SlotInfo>();
  readonly publications = new Set<string>();
  readonly terminated: number[] = [];
  readonly prechecks: SourcePrecheckRequest[] = [];
  readonly endpoints: SourceEndpoint[] = [];
  lsn: Lsn = parseLsn('0/500');
  systemId = '7000';
  tables: readonly SourceTable[] = [];
  checks: readonly CheckResult[] = [{ id: 'source-login', group: 'source', status: 'PASSED', message: 'ok' }];
  /** Thrown when a connection is opened. */
  failure: CdcError | null = null;
  /** Connections that are opened hang until this resolves. */
  gate: Promise<void> = Promise.resolve();
  /** Slots that a session takes again as soon as its reader was ended. */
  readonly stubborn = new Set<string>();
  openConnections = 0;

  dropSlotSql(slot: string): readonly string[] {
    return [`SELECT pg_drop_replication_slot('${slot}');`];
  }

  slotNeeds(): SlotNeeds {
    return { plugin: 'pgoutput', usesPublication: true };
  }

  addSlot(slot: string, overrides: Partial<SlotInfo> = {}): void {
    this.slots.set(slot, {
      slot,
      plugin: 'pgoutput',
      slotType: 'logical',
      database: 'shop',
      active: false,
      pid: null,
      confirmedLsn: parseLsn('0/100'),
      restartLsn: parseLsn('0/80'),
      retainedWalBytes: 1024,
      walStatus: 'reserved',
      ...overrides,
    });
  }

  async #connect(endpoint: SourceEndpoint): Promise<() => Promise<void>> {
    this.endpoints.push(endpoint);
    await this.gate;
    if (this.failure) throw this.failure;
    this.openConnections += 1;
    return async () => {
      this.openConnections -= 1;
    };
  }

  async openCatalog(endpoint: SourceEndpoint): Promise<Catalog> {
    const close = await this.#connect(endpoint);
    const facts = async () => ({
      systemId: this.systemId,
      version: '15.4',
      versionNumber: 150_004,
      currentLsn: this.lsn,
      database: endpoint.database,
    });
    const listTables = async () => this.tables;
    return { facts, currentLsn: async () => this.lsn, listTables, describe: async () => null, close };
  }

  async openSlotAdmin(endpoint: SourceEndpoint): Promise<SlotAdmin> {
    const close = await this.#connect(endpoint);
    return {
      list: async () => [...this.slots.values()],
      find: async (slot) => this.slots.get(slot) ?? null,
      create: async () => parseLsn('0/100'),
      terminateHolder: async (slot) => this.#terminate(slot),
      drop: async (slot) => this.#drop(slot),
      publicationExists: async (name) => this.publications.has(name),
      createPublication: async (name) => void this.publications.add(name),
      dropPublication: async (name) => this.publications.delete(name),
      close,
    };
  }

  #terminate(name: string): number | null {
    const slot = this.slots.get(name);
    if (!slot?.active) return null;
    this.terminated.push(slot.pid!);
    if (!this.stubborn.has(name)) this.slots.set(name, { ...slot, active: false, pid: null });
    return slot.pid;
  }

  #drop(name: string): boolean {
    const slot = this.slots.get(name);
    if (slot?.active) throw new CdcError('SLOT_IN_USE', `slot ${name} is active for PID ${slot.pid}`);
    return this.slots.delete(name);
  }

  async precheck(request: SourcePrecheckRequest): Promise<SourcePrecheckResult> {
    this.prechecks.push(request);
    await this.gate;
    if (this.failure) throw this.failure;
    return { checks: this.checks, tables: request.select(this.tables).tables };
  }

  async testConnection(): Promise<readonly CheckResult[]> {
    return this.checks;
  }

  async open(): Promise<never> {
    throw new Error('not part of this fake');
  }
}

/** A table as the catalog lists it. */
export function sourceTable(schema: string, table: string): SourceTable {
  return {
    oid: 1,
    schema,
    table,
    kind: 'r',
    persistence: 'p',
    replicaIdentity: 'f',
    primaryKey: ['id'],
    identityColumns: [],
    columns: [{ name: 'id', typeName: 'integer' }],
  };
}
