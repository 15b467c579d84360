import type { App, Health } from './api/app.ts';
import type { ServeConfig } from './config/serve-config.ts';
import type { SourceEndpoint } from './domain/endpoints.ts';
import type { Logger } from './observe/logger.ts';
import { createKafkaDriver } from './sink/kafka/driver.ts';
import { createOpenGaussDriver } from './source/opengauss/driver.ts';
import { createPostgresDriver } from './source/postgres/driver.ts';
import type { SourceDriver } from './source/source.ts';
import { openStore } from './store/sqlite/open-store.ts';
import type { Store } from './store/store.ts';
import { withDeadline } from './task/deadline.ts';
import { createRunnerFactory } from './task/runner.ts';
import { createTaskService } from './task/service.ts';
import { Supervisor } from './task/supervisor.ts';

/** A precheck that is under way at shutdown may end in this time; later ones are lost and run again by the user. */
const PRECHECK_GRACE_MS = 5000;
const noop = () => undefined;

/** Opens the store, builds the adapters and resumes every task that is to run. Errors: STORE_*. */
export async function createApp(config: ServeConfig, logger: Logger): Promise<App> {
  const store = openStore(config.dataDir);
  const sinkDriver = createKafkaDriver();
  const clock = { now: Date.now, setTimer };
  const createRunner = createRunnerFactory({ store, sourceDriver, sinkDriver, ...clock });
  const drainTimeoutMs = config.drainTimeout;
  const supervisor = new Supervisor({ store, createRunner, sourceDriver, logger, drainTimeoutMs, ...clock });
  const tasks = createTaskService({ store, supervisor, sourceDriver, sinkDriver, logger, ...clock });
  supervisor.boot();
  const endWork = async (timeoutMs: number) => {
    const prechecks = withDeadline(tasks.settle(), Math.min(timeoutMs, PRECHECK_GRACE_MS), setTimer, noop);
    await Promise.all([supervisor.shutdown(timeoutMs), prechecks]);
  };
  let closed: Promise<void> | null = null;
  return {
    tasks,
    installationId: store.installationId,
    health: () => storeHealth(store),
    close: (timeoutMs) => {
      closed ??= endWork(timeoutMs).finally(() => store.close());
      return closed;
    },
  };
}

/** The adapter of a dialect. */
export function sourceDriver(dialect: SourceEndpoint['dialect']): SourceDriver {
  return dialect === 'postgres' ? postgres : openGauss;
}

const postgres = createPostgresDriver();
const openGauss = createOpenGaussDriver();

function setTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

function storeHealth(store: Store): Health {
  try {
    store.ping();
    return { ready: true, checks: [{ name: 'store', ok: true }] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ready: false, checks: [{ name: 'store', ok: false, message }] };
  }
}
