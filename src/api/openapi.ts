import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { markSecrets } from './secrets.ts';
import type { ApiServer } from './server-types.ts';

/** Only the UI's own files, so that `/docs` works without a network; no upgrade to https, which plain HTTP could not follow. */
const DOCS_CSP =
  "default-src 'self'; base-uri 'self'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; " +
  "script-src 'self'; style-src 'self' 'unsafe-inline'";

/** The bar holds the UI's own brand and a box to load other documents, which the policy above forbids. */
const HIDE_TOP_BAR = '.swagger-ui .topbar { display: none }';

const TAGS = [
  { name: 'tasks', description: 'Create, change and delete tasks' },
  { name: 'commands', description: 'Precheck, start and stop' },
  { name: 'observation', description: 'Progress and events' },
  { name: 'slots', description: 'Replication slots on the source' },
  { name: 'connections', description: 'Try a source or a target' },
  { name: 'service', description: 'Health, metrics, this document' },
];

/** OpenAPI 3.1 from the zod schemas of the routes registered afterwards, and its UI under `/docs`. */
export async function registerOpenApi(server: ApiServer, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gausscast',
        version,
        description: 'Publishes the row changes of GaussDB, openGauss and PostgreSQL to Kafka, as tasks.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: TAGS,
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => markSecrets(jsonSchemaTransformObject(document)),
  });
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_CSP,
    theme: { title: 'Gausscast API', css: [{ filename: 'gausscast.css', content: HIDE_TOP_BAR }] },
    uiConfig: { validatorUrl: null, docExpansion: 'list', tryItOutEnabled: true },
  });
}
