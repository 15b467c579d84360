import { openStore } from '../../src/store/sqlite/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createTaskService, type TaskService } from '../../src/task/service.ts';
import { Supervisor } from '../../src/task/supervisor.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeRunners } from './fake-runner.ts';
import { FakeSource, sourceTable } from './fake-source-driver.ts';
import { temporaryDir } from './store-fixtures.ts';
import { FakeLogger, FakeSink, userSpec } from './task-fixtures.ts';

export const USER = 'user';

/** The real service, supervisor and store over a fake source, Kafka, sessions and clock. */
export class ServiceHarness {
  readonly #dir = temporaryDir();
  readonly clock = new FakeClock();
  readonly source = new FakeSource();
  readonly sink = new FakeSink();
  readonly runners = new FakeRunners();
  readonly logger = new FakeLogger();
  store: Store;
  supervisor: Supervisor;
  service: TaskService;

  constructor() {
    this.source.tables = [sourceTable('public', 'orders'), sourceTable('public', 'items')];
    this.store = this.#openStore();
    this.supervisor = this.#newSupervisor();
    this.service = this.#newService();
  }

  /** Another process on the same data directory. */
  restart(): void {
    this.clock.clear();
    this.store.close();
    this.store = this.#openStore();
    this.supervisor = this.#newSupervisor();
    this.service = this.#newService();
    this.supervisor.boot();
  }

  close(): void {
    this.store.close();
    this.#dir.remove();
  }

  create(overrides: Readonly<Record<string, unknown>> = {}): string {
    return this.service.create(userSpec(overrides), USER).id;
  }

  async prechecked(overrides: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = this.create(overrides);
    this.service.precheck(id, USER);
    await this.service.settle();
    return id;
  }

  /** A task whose stream is open, with its slot and publication on the source. */
  async streaming(overrides: Readonly<Record<string, unknown>> = {}): Promise<{ id: string; slot: string }> {
    const id = await this.prechecked(overrides);
    this.service.start(id, {}, USER);
    return { id, slot: this.openStream(id) };
  }

  /** What a real session does when it opens its stream for the first time. */
  openStream(id: string): string {
    const { slot, publication } = this.service.get(id);
    this.source.addSlot(slot, { active: true, pid: 77 });
    if (publication !== null) this.source.publications.add(publication);
    this.store.putStream(id, {
      node: 'default',
      slot,
      slotOwned: true,
      plugin: 'pgoutput',
      database: 'shop',
      systemId: this.source.systemId,
      publication,
      publicationOwned: true,
      tables: null,
      checkpoint: { lsn: '0/200', nextEventNumber: 1000, lastCommitLsn: null, publishedThrough: null },
      producer: null,
    });
    this.runners.last.hooks.streaming();
    return slot;
  }

  codes(id: string): string[] {
    return this.service.events(id, { limit: 1000 }).items.map((event) => event.code);
  }

  #openStore(): Store {
    return openStore(this.#dir.path, { now: this.clock.now, lockWaitMs: 0 });
  }

  #newSupervisor(): Supervisor {
    const { store, runners, source, clock, logger } = this;
    const createRunner = runners.create;
    const { now, setTimer } = clock;
    return new Supervisor({ store, createRunner, sourceDriver: () => source, now, setTimer, random: () => 1, logger });
  }

  #newService(): TaskService {
    const { store, supervisor, source, sink, clock, logger } = this;
    const { now, setTimer } = clock;
    return createTaskService({
      store,
      supervisor,
      sourceDriver: () => source,
      sinkDriver: sink,
      now,
      setTimer,
      logger,
    });
  }
}
