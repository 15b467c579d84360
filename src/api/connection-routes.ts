import { SourceSchema, TargetSchema } from '../task/spec.ts';
import type { TaskApi } from '../task/task-api.ts';
import { answers } from './problem.ts';
import { ConnectionTestSchema } from './schemas.ts';
import type { ApiServer } from './server-types.ts';
import { validateAllButBody } from './validation.ts';

const tags = ['connections'];
const response = answers({ 200: ConnectionTestSchema }, 400, 413, 415, 422, 500, 503);

/** Tries a source or a target before a task exists. What fails is a check of the answer, not an error. */
export function registerConnectionRoutes(server: ApiServer, tasks: TaskApi): void {
  server.post('/api/v1/connections/source/test', {
    schema: {
      tags,
      operationId: 'testSource',
      summary: 'Try the connection to a source',
      body: SourceSchema,
      response,
    },
    validatorCompiler: validateAllButBody,
    handler: async (request, reply) => reply.send(await tasks.testSource(request.body)),
  });
  server.post('/api/v1/connections/target/test', {
    schema: {
      tags,
      operationId: 'testTarget',
      summary: 'Try the connection to a target',
      body: TargetSchema,
      response,
    },
    validatorCompiler: validateAllButBody,
    handler: async (request, reply) => reply.send(await tasks.testTarget(request.body)),
  });
}
