import type { TaskApi } from '../task/task-api.ts';
import { answers } from './problem.ts';
import { EventQuerySchema, given, TaskPathSchema } from './requests.ts';
import { EventPageSchema, ProgressSchema } from './schemas.ts';
import type { ApiServer } from './server-types.ts';

const tags = ['observation'];

/** What a task does and did. */
export function registerObservationRoutes(server: ApiServer, tasks: TaskApi): void {
  server.get('/api/v1/tasks/:id/progress', {
    schema: {
      tags,
      operationId: 'getProgress',
      summary: 'Show positions, lag and counters',
      params: TaskPathSchema,
      response: answers({ 200: ProgressSchema }, 404, 500, 503),
    },
    handler: async (request, reply) => reply.send(await tasks.progress(request.params.id)),
  });
  server.get('/api/v1/tasks/:id/events', {
    schema: {
      tags,
      operationId: 'listEvents',
      summary: 'List events, oldest first',
      params: TaskPathSchema,
      querystring: EventQuerySchema,
      response: answers({ 200: EventPageSchema }, 404, 422, 500, 503),
    },
    handler: (request, reply) => reply.send(tasks.events(request.params.id, given(request.query))),
  });
}
