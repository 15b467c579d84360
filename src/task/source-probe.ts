import { asCdcError } from '../domain/errors.ts';
import type { Lsn } from '../domain/lsn.ts';
import type { SlotInfo } from '../source/source.ts';
import type { StoredTask } from '../store/store.ts';
import { withDeadline } from './deadline.ts';
import type { ServiceDeps } from './service-deps.ts';
import { toSourceEndpoint } from './spec.ts';
import { specOf } from './stored-spec.ts';

/** What the server says about a task's slots; null where it cannot be asked. */
export interface SourceSight {
  readonly serverLsn: Lsn | null;
  readonly slots: readonly SlotInfo[];
}

interface Entry {
  readonly spec: string;
  readonly sight: Promise<SourceSight>;
  validUntilMs: number;
}

/** What is seen of a source that was not asked or did not answer. */
export const NOTHING_SEEN: SourceSight = { serverLsn: null, slots: [] };
const FRESH_MS = 2000;
/** After a failure: people who watch a progress page must not become a storm of connections. */
const FAILED_MS = 15_000;
const PATIENCE_MS = 1500;

/** Looks at the source for progress pages: best effort, cached, one connection per task at a time, never an error. */
export class SourceProbe {
  readonly #deps: Pick<ServiceDeps, 'sourceDriver' | 'now' | 'setTimer'>;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: Pick<ServiceDeps, 'sourceDriver' | 'now' | 'setTimer'>) {
    this.#deps = deps;
  }

  async look(task: StoredTask): Promise<SourceSight> {
    // A login that was refused is not repeated: ten of them lock the account.
    if (task.lastError?.code === 'SOURCE_AUTH') return NOTHING_SEEN;
    return withDeadline(this.#entry(task).sight, PATIENCE_MS, this.#deps.setTimer, () => NOTHING_SEEN);
  }

  forget(taskId: string): void {
    this.#entries.delete(taskId);
  }

  #entry(task: StoredTask): Entry {
    const known = this.#entries.get(task.id);
    if (known?.spec === task.spec && this.#deps.now() < known.validUntilMs) return known;
    // While the question is open nobody asks again, however long the answer takes.
    const entry: Entry = {
      spec: task.spec,
      sight: this.#ask(task, () => entry),
      validUntilMs: Number.POSITIVE_INFINITY,
    };
    this.#entries.set(task.id, entry);
    return entry;
  }

  async #ask(task: StoredTask, entry: () => Entry): Promise<SourceSight> {
    try {
      const sight = await this.#query(task);
      entry().validUntilMs = this.#deps.now() + FRESH_MS;
      return sight;
    } catch (error) {
      const isRefused = asCdcError(error).code === 'SOURCE_AUTH';
      entry().validUntilMs = isRefused ? Number.POSITIVE_INFINITY : this.#deps.now() + FAILED_MS;
      return NOTHING_SEEN;
    }
  }

  async #query(task: StoredTask): Promise<SourceSight> {
    const { source } = specOf(task);
    const endpoint = toSourceEndpoint(source);
    const driver = this.#deps.sourceDriver(source.dialect);
    const catalog = await driver.openCatalog(endpoint);
    try {
      const admin = await driver.openSlotAdmin(endpoint);
      try {
        return { serverLsn: await catalog.currentLsn(), slots: await admin.list() };
      } finally {
        await admin.close();
      }
    } finally {
      await catalog.close();
    }
  }
}
