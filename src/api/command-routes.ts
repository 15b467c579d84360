import type { TaskApi } from '../task/task-api.ts';
import { answers } from './problem.ts';
import { given, PrecheckBodySchema, StartBodySchema, StopBodySchema, TaskPathSchema } from './requests.ts';
import { ForcedStopSchema, PrecheckSchema, TaskSchema } from './schemas.ts';
import { type ApiServer, USER } from './server-types.ts';

const tags = ['commands'];
const REFUSALS = [400, 404, 409, 413, 415, 422, 500, 503];

/** Precheck, start and stop. */
export function registerCommandRoutes(server: ApiServer, tasks: TaskApi): void {
  registerPrecheckRoutes(server, tasks);
  server.post('/api/v1/tasks/:id/start', {
    schema: {
      tags,
      operationId: 'startTask',
      summary: 'Start a task, now or later',
      params: TaskPathSchema,
      body: StartBodySchema,
      response: answers({ 202: TaskSchema }, ...REFUSALS),
    },
    handler: (request, reply) => {
      return reply.code(202).send(tasks.start(request.params.id, given(request.body), USER));
    },
  });
  server.post('/api/v1/tasks/:id/stop', {
    schema: {
      tags,
      operationId: 'stopTask',
      summary: 'Stop a task',
      description:
        'Publishes everything committed before the request, then ends. With force: ends at once and frees the slot.',
      params: TaskPathSchema,
      body: StopBodySchema,
      response: answers({ 200: ForcedStopSchema, 202: TaskSchema }, ...REFUSALS, 502),
    },
    handler: async (request, reply) => {
      const { force, ...options } = given(request.body);
      const { id } = request.params;
      if (force === true) return reply.code(200).send(await tasks.forceStop(id, options, USER));
      return reply.code(202).send(await tasks.stop(id, { force: false, ...options }, USER));
    },
  });
}

function registerPrecheckRoutes(server: ApiServer, tasks: TaskApi): void {
  server.post('/api/v1/tasks/:id/precheck', {
    schema: {
      tags,
      operationId: 'precheckTask',
      summary: 'Begin a precheck',
      params: TaskPathSchema,
      body: PrecheckBodySchema,
      response: answers({ 202: PrecheckSchema }, ...REFUSALS),
    },
    handler: (request, reply) => reply.code(202).send(tasks.precheck(request.params.id, USER)),
  });
  server.get('/api/v1/tasks/:id/precheck', {
    schema: {
      tags,
      operationId: 'getPrecheck',
      summary: 'Show the last precheck',
      params: TaskPathSchema,
      response: answers({ 200: PrecheckSchema }, 404, 409, 500, 503),
    },
    handler: (request, reply) => reply.send(tasks.precheckReport(request.params.id)),
  });
}
