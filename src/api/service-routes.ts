import { z } from 'zod';
import { CdcError } from '../domain/errors.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Health } from './app.ts';
import { answers } from './problem.ts';
import { HealthSchema } from './schemas.ts';
import type { ApiServer } from './server-types.ts';

const tags = ['service'];

export interface ServiceRoutesOptions {
  readonly health: () => Health;
  readonly metrics: Metrics;
  readonly isDraining: () => boolean;
}

/** Health, metrics and the OpenAPI document. */
export function registerServiceRoutes(server: ApiServer, options: ServiceRoutesOptions): void {
  server.get('/health/live', {
    schema: { tags, operationId: 'live', summary: 'The process answers', response: answers({ 200: HealthSchema }) },
    handler: (_request, reply) => reply.send({ status: 'live' }),
  });
  server.get('/health/ready', {
    schema: {
      tags,
      operationId: 'ready',
      summary: 'The service can do its work',
      response: answers({ 200: HealthSchema }, 503),
    },
    handler: (_request, reply) => {
      const health = options.health();
      if (!health.ready || options.isDraining()) throw notReady(health, options.isDraining());
      return reply.send({ status: 'ready', checks: [...health.checks] });
    },
  });
  server.get('/metrics', {
    schema: {
      tags,
      operationId: 'metrics',
      summary: 'Metrics in Prometheus text format',
      response: answers({ 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } }, 500),
    },
    // Text is sent as it is: the route's serializer would make a JSON string of it.
    serializerCompiler: () => (text) => String(text),
    handler: async (_request, reply) => reply.type(options.metrics.contentType).send(await options.metrics.text()),
  });
  server.get('/openapi.json', {
    schema: {
      tags,
      operationId: 'openapi',
      summary: 'This document',
      response: answers({ 200: z.looseObject({ openapi: z.string() }) }),
    },
    handler: (_request, reply) => reply.send(JSON.parse(JSON.stringify(server.swagger()))),
  });
}

function notReady(health: Health, draining: boolean): CdcError {
  const failed = health.checks
    .filter((check) => !check.ok)
    .map((check) => `${check.name}: ${check.message ?? 'failed'}`);
  const reasons = draining ? ['shutting down', ...failed] : failed;
  return new CdcError('NOT_READY', `not ready: ${reasons.join('; ') || 'starting'}`, {
    data: { checks: health.checks },
  });
}
