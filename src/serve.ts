import type { AddressInfo } from 'node:net';
import type { App } from './api/app.ts';
import { buildServer } from './api/server.ts';
import type { ApiServer } from './api/server-types.ts';
import { EXIT } from './cli/exit-codes.ts';
import type { CliIo, SignalName } from './cli/io.ts';
import type { ServeConfig } from './config/serve-config.ts';
import { readVersion } from './config/version.ts';
import { CdcError } from './domain/errors.ts';
import { createLogger, type Logger } from './observe/logger.ts';

const SIGNAL_EXIT_CODES: Readonly<Record<SignalName, number>> = { SIGINT: 130, SIGTERM: 143 };
/** Part of the shutdown time kept for closing the HTTP server after the tasks. */
const HTTP_CLOSE_MS = 1000;

type ServeIo = Pick<CliIo, 'signals' | 'exit' | 'stdout' | 'isTerminal'>;
type CreateApp = (config: ServeConfig, logger: Logger) => Promise<App>;

interface Stop {
  /** Resolves with the first signal. */
  readonly requested: Promise<SignalName>;
  readonly isRequested: () => boolean;
  readonly dispose: () => void;
}

/**
 * Runs the service until SIGTERM or SIGINT; resolves with the exit code. A second signal ends the process at once.
 * Errors: whatever the app cannot start with (STORE_*), LISTEN_FAILED.
 */
export async function serve(config: ServeConfig, io: ServeIo, createApp: CreateApp): Promise<number> {
  const { logFormat: format, logLevel: level } = config;
  const logger = createLogger({ format, level, write: io.stdout, colorize: io.isTerminal });
  const stop = listenForSignals(io, logger);
  try {
    const app = await createApp(config, logger);
    const server = await openServer(config, app, logger, stop.isRequested);
    const signal = await stop.requested;
    logger.info({ signal, timeoutMs: config.shutdownTimeout }, 'shutting down');
    return await shutDown(config.shutdownTimeout, app, server, logger);
  } finally {
    stop.dispose();
  }
}

function listenForSignals(io: ServeIo, logger: Logger): Stop {
  let requested = false;
  let resolve: (signal: SignalName) => void = () => undefined;
  const promise = new Promise<SignalName>((settle) => {
    resolve = settle;
  });
  const listener = (signal: SignalName) => {
    if (requested) {
      logger.warn({ signal }, 'second signal: ending at once');
      io.exit(SIGNAL_EXIT_CODES[signal]);
    }
    requested = true;
    resolve(signal);
  };
  io.signals.on('SIGTERM', listener);
  io.signals.on('SIGINT', listener);
  const dispose = () => {
    io.signals.off('SIGTERM', listener);
    io.signals.off('SIGINT', listener);
  };
  return { requested: promise, isRequested: () => requested, dispose };
}

/** Builds the HTTP server and listens. When that fails the app is closed again, so that its store is not left locked. */
async function openServer(
  config: ServeConfig,
  app: App,
  logger: Logger,
  isDraining: () => boolean,
): Promise<ApiServer> {
  const { host, port, bodyLimit } = config;
  try {
    const server = await buildServer({ app, logger, version: readVersion(), bodyLimit, isDraining });
    await server.listen({ host, port, listenTextResolver: (address) => `bound to ${address}` });
    announce(host, (server.server.address() as AddressInfo).port, app, logger);
    return server;
  } catch (error) {
    await app.close(config.shutdownTimeout);
    const isNetworkError = error instanceof Error && 'syscall' in error;
    throw isNetworkError ? new CdcError('LISTEN_FAILED', `cannot listen on ${host}:${port}`, { cause: error }) : error;
  }
}

function announce(host: string, port: number, app: App, logger: Logger): void {
  if (!isLoopback(host)) {
    const text =
      'listening beyond loopback without access control: everyone who reaches this address controls the tasks';
    logger.warn({ host }, text);
  }
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  logger.info({ installationId: app.installationId, port }, `listening on ${url}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Tasks first, while health and metrics still answer; then the server. 0 when the tasks ended properly within the time. */
async function shutDown(timeoutMs: number, app: App, server: ApiServer, logger: Logger): Promise<number> {
  const closeMs = Math.max(timeoutMs - HTTP_CLOSE_MS, Math.floor(timeoutMs / 2));
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'timeout');
  });
  try {
    const tasks = await Promise.race([app.close(closeMs), timedOut]);
    if (tasks === 'timeout') {
      logger.error({ timeoutMs }, 'shutdown took too long; tasks go on from their stored positions at the next start');
      return EXIT.failed;
    }
    // An answer that is still under way must not cost the exit code: the positions are stored.
    await Promise.race([server.close(), timedOut]);
    logger.info('stopped');
    return EXIT.done;
  } finally {
    clearTimeout(timer);
  }
}
