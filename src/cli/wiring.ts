import type { ServeConfig } from '../config/serve-config.ts';
import type { SourceEndpoint } from '../domain/endpoints.ts';
import type { cleanupSource } from '../task/slot-cleanup.ts';
import type { CliIo } from './io.ts';

export type SourceDriver = Parameters<typeof cleanupSource>[0];

/** What the CLI needs of the service itself. Loaded when asked for: most commands only talk HTTP and should start fast. */
export interface Wiring {
  /** Runs the service until a signal; resolves with the exit code. */
  serve(config: ServeConfig, io: CliIo): Promise<number>;
  sourceDriver(dialect: SourceEndpoint['dialect']): Promise<SourceDriver>;
  /** The id in a store, without taking the store over; null where there is none. Errors: STORE_*. */
  readInstallationId(dataDir: string): Promise<string | null>;
}
