import type { TaskApi } from '../task/task-api.ts';

/** Whether the service can do its work; one entry per part it depends on (the store, the supervisor). */
export interface Health {
  readonly ready: boolean;
  readonly checks: readonly HealthCheck[];
}

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly message?: string;
}

/** The running service as the edge sees it. */
export interface App {
  readonly tasks: TaskApi;
  readonly installationId: string;
  /** Cheap and synchronous: probes call it every few seconds. */
  health(): Health;
  /** Suspends all tasks, stores their positions, closes the store. Resolves within `timeoutMs`. Safe to call twice. */
  close(timeoutMs: number): Promise<void>;
}
