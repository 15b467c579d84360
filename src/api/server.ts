import { fastify, LogController } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from '../observe/logger.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { App } from './app.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { registerCommandRoutes } from './command-routes.ts';
import { registerConnectionRoutes } from './connection-routes.ts';
import { registerGuards, registerNotFound, secure } from './guards.ts';
import { registerObservationRoutes } from './observation-routes.ts';
import { registerOpenApi } from './openapi.ts';
import { registerParsers } from './parsers.ts';
import { sendProblem } from './request-errors.ts';
import type { ApiServer } from './server-types.ts';
import { registerServiceRoutes } from './service-routes.ts';
import { registerSlotRoutes } from './slot-routes.ts';
import { registerTaskRoutes } from './task-routes.ts';
import { validate } from './validation.ts';

export interface ServerOptions {
  readonly app: Pick<App, 'tasks' | 'health'>;
  readonly logger: Logger;
  readonly version: string;
  readonly bodyLimit: number;
  /** True from the first signal on: readiness and the API answer 503. */
  readonly isDraining?: () => boolean;
}

/** The HTTP server with all routes, ready for `inject` or `listen`. Every error it answers is a problem document. */
export async function buildServer(options: ServerOptions): Promise<ApiServer> {
  const { app, logger, version } = options;
  const isDraining = options.isDraining ?? (() => false);
  const server = createServer(logger, options.bodyLimit);
  registerParsers(server);
  registerGuards(server, isDraining);
  registerNotFound(server);
  registerRequestLog(server);
  await registerOpenApi(server, version);
  registerTaskRoutes(server, app.tasks);
  registerCommandRoutes(server, app.tasks);
  registerObservationRoutes(server, app.tasks);
  registerSlotRoutes(server, app.tasks);
  registerConnectionRoutes(server, app.tasks);
  const metrics = createMetrics(() => app.tasks.snapshots(), version);
  registerServiceRoutes(server, { health: () => app.health(), metrics, isDraining });
  await server.ready();
  return server;
}

function createServer(logger: Logger, bodyLimit: number): ApiServer {
  const server = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    // Answers of our own instead of fastify's plain 503, which is no problem document.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, secure(reply)),
    clientErrorHandler: answerBrokenRequest,
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validate);
  // Response schemas document; a mismatch is a test failure, never a reason to withhold the answer to a command that was done.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  return server as unknown as ApiServer;
}

/** Commands at info, reads at debug. */
function registerRequestLog(server: ApiServer): void {
  server.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    const level = method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
    request.log[level](
      { method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request answered',
    );
  });
}
