import type { SinkSession } from '../sink/sink.ts';
import type { NewEvent } from '../store/store.ts';

const CHECK_INTERVAL_MS = 30_000;

export interface PartitionWatchParts {
  readonly sink: Pick<SinkSession, 'grownTopics'>;
  readonly event: (event: NewEvent) => void;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

/**
 * Looks now and then whether someone added partitions to the topics of a session. They are not used, because keys would
 * move to other partitions and lose their order; the task's log says so, once per topic and session.
 */
export class PartitionWatch {
  readonly #parts: PartitionWatchParts;
  readonly #reported = new Set<string>();
  #cancelTimer: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: PartitionWatchParts) {
    this.#parts = parts;
    this.#plan();
  }

  /** Resolves when this look is done; a cluster that does not answer is no news here: publishing itself will say so. */
  async check(): Promise<void> {
    const grown = await this.#parts.sink.grownTopics().catch(() => []);
    if (this.#isClosed) return;
    for (const topic of grown) this.report(topic);
    this.#plan();
  }

  /** Says that a topic has more partitions than are used, if it was not said yet. */
  report(topic: string): void {
    if (this.#reported.has(topic)) return;
    this.#reported.add(topic);
    const message = `topic ${topic} has more partitions than this task uses; they stay unused, because keys would move`;
    this.#parts.event({ level: 'warn', code: 'PARTITIONS_ADDED', message, data: { topic }, actor: 'system' });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  #plan(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.setTimer(() => void this.check(), CHECK_INTERVAL_MS);
  }
}
