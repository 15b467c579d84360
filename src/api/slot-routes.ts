import { z } from 'zod';
import type { TaskApi } from '../task/task-api.ts';
import { answers } from './problem.ts';
import { CleanupBodySchema, given, TaskPathSchema } from './requests.ts';
import { CleanupSchema, SlotListSchema } from './schemas.ts';
import { type ApiServer, USER } from './server-types.ts';

const tags = ['slots'];
/** The source is asked while the caller waits, so its refusals come through. */
const SOURCE_PROBLEMS = [404, 409, 422, 500, 502, 503, 504];
const SlotPathSchema = TaskPathSchema.extend({ slot: z.string() });

/** Replication slots on the source of a task. */
export function registerSlotRoutes(server: ApiServer, tasks: TaskApi): void {
  server.get('/api/v1/tasks/:id/slots', {
    schema: {
      tags,
      operationId: 'listSlots',
      summary: 'List the slots on the source of a task',
      params: TaskPathSchema,
      response: answers({ 200: SlotListSchema }, ...SOURCE_PROBLEMS),
    },
    handler: async (request, reply) => reply.send({ slots: await tasks.slots(request.params.id) }),
  });
  server.post('/api/v1/tasks/:id/slots/cleanup', {
    schema: {
      tags,
      operationId: 'cleanupSlots',
      summary: 'Drop orphans: slots of this installation whose task is gone',
      params: TaskPathSchema,
      body: CleanupBodySchema,
      response: answers({ 200: CleanupSchema }, 400, 413, 415, ...SOURCE_PROBLEMS),
    },
    handler: async (request, reply) => {
      return reply.send(await tasks.cleanupSlots(request.params.id, given(request.body), USER));
    },
  });
  server.delete('/api/v1/tasks/:id/slots/:slot', {
    schema: {
      tags,
      operationId: 'dropSlot',
      summary: 'Drop one inactive slot by its name, whoever made it',
      params: SlotPathSchema,
      response: answers({ 200: CleanupSchema }, ...SOURCE_PROBLEMS),
    },
    handler: async (request, reply) => {
      return reply.send(await tasks.dropSlot(request.params.id, request.params.slot, USER));
    },
  });
}
