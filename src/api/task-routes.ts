import { z } from 'zod';
import { TaskSpecSchema } from '../task/spec.ts';
import type { TaskApi } from '../task/task-api.ts';
import { answers } from './problem.ts';
import { DeleteQuerySchema, given, ListQuerySchema, TaskPathSchema } from './requests.ts';
import { TaskPageSchema, TaskSchema } from './schemas.ts';
import { type ApiServer, USER } from './server-types.ts';
import { validateAllButBody } from './validation.ts';

const tags = ['tasks'];

/** Create, list, read, change and delete tasks. */
export function registerTaskRoutes(server: ApiServer, tasks: TaskApi): void {
  server.post('/api/v1/tasks', {
    schema: {
      tags,
      operationId: 'createTask',
      summary: 'Create a task',
      body: TaskSpecSchema,
      response: answers({ 201: TaskSchema }, 400, 409, 413, 415, 422, 500, 503),
    },
    validatorCompiler: validateAllButBody,
    handler: (request, reply) => {
      const task = tasks.create(request.body, USER);
      return reply
        .code(201)
        .header('location', `/api/v1/tasks/${encodeURIComponent(task.id)}`)
        .send(task);
    },
  });
  server.get('/api/v1/tasks', {
    schema: {
      tags,
      operationId: 'listTasks',
      summary: 'List tasks',
      querystring: ListQuerySchema,
      response: answers({ 200: TaskPageSchema }, 422, 500, 503),
    },
    handler: (request, reply) => reply.send(tasks.list(given(request.query))),
  });
  registerSingleTaskRoutes(server, tasks);
}

function registerSingleTaskRoutes(server: ApiServer, tasks: TaskApi): void {
  server.get('/api/v1/tasks/:id', {
    schema: {
      tags,
      operationId: 'getTask',
      summary: 'Show a task',
      params: TaskPathSchema,
      response: answers({ 200: TaskSchema }, 404, 500, 503),
    },
    handler: (request, reply) => reply.send(tasks.get(request.params.id)),
  });
  server.patch('/api/v1/tasks/:id', {
    schema: {
      tags,
      operationId: 'patchTask',
      summary: 'Change a task that does not run',
      description:
        'JSON merge patch (RFC 7396) on the spec; resets the precheck. Secrets that are left out stay as they are.',
      params: TaskPathSchema,
      body: z.looseObject({}).describe('Part of a TaskSpec; null removes a member'),
      response: answers({ 200: TaskSchema }, 400, 404, 409, 413, 415, 422, 500, 503),
    },
    validatorCompiler: validateAllButBody,
    handler: (request, reply) => reply.send(tasks.patch(request.params.id, request.body, USER)),
  });
  server.delete('/api/v1/tasks/:id', {
    schema: {
      tags,
      operationId: 'deleteTask',
      summary: 'Delete a task',
      description: 'Refused while it runs or its slot exists, unless forced.',
      params: TaskPathSchema,
      querystring: DeleteQuerySchema,
      response: answers({ 204: z.undefined().describe('Deleted') }, 404, 409, 422, 500, 502, 503),
    },
    handler: async (request, reply) => {
      const { force, abandonSlot } = request.query;
      const options = { force: force === 'true', ...(abandonSlot === 'true' && { abandonSlot: true }) };
      await tasks.delete(request.params.id, options, USER);
      return reply.code(204).send(undefined);
    },
  });
}
