import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Health } from '../../src/api/app.ts';
import { buildServer } from '../../src/api/server.ts';
import type { ApiServer } from '../../src/api/server-types.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { type Call, fakeTasks, type Overrides } from './api-fake-tasks.ts';

export interface Api {
  readonly server: ApiServer;
  readonly calls: Call[];
  readonly log: string[];
  /** Sends a request and checks the answer against the schema the OpenAPI document gives for it. */
  ask(method: Method, url: string, options?: Omit<InjectOptions, 'method' | 'url'>): Promise<LightMyRequestResponse>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'HEAD';
type Json = Record<string, unknown>;

export interface ApiOptions {
  readonly tasks?: Overrides;
  readonly health?: () => Health;
  readonly isDraining?: () => boolean;
  readonly bodyLimit?: number;
}

export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const { api, calls } = fakeTasks(options.tasks);
  const log: string[] = [];
  const server = await buildServer({
    app: { tasks: api, health: options.health ?? (() => ({ ready: true, checks: [{ name: 'store', ok: true }] })) },
    logger: createLogger({ format: 'json', level: 'debug', write: (line) => void log.push(line) }),
    version: '1.2.3',
    bodyLimit: options.bodyLimit ?? 1_048_576,
    ...(options.isDraining && { isDraining: options.isDraining }),
  });
  const ask: Api['ask'] = async (method, url, rest = {}) => {
    const response = await server.inject({ method, url, ...rest });
    expectDocumented(documentOf(server), method, url, response);
    return response;
  };
  return { server, calls, log, ask };
}

export function documentOf(server: ApiServer): Json {
  return JSON.parse(JSON.stringify(server.swagger())) as Json;
}

/** Fails when the document does not know this answer of this route, or its body does not match the documented schema. */
function expectDocumented(document: Json, method: Method, url: string, response: LightMyRequestResponse): void {
  const operation = operationOf(document, method, url.split('?')[0]!);
  if (operation === undefined) return;
  const answer = (operation.responses as Json)[String(response.statusCode)] as Json | undefined;
  expect(answer, `${method} ${url} documents ${response.statusCode}`).toBeDefined();
  if (response.body === '') return;
  const type = String(response.headers['content-type']).split(';')[0]!;
  const content = (answer!.content as Json)[type] as { schema: Json } | undefined;
  expect(content, `${method} ${url} documents ${type}`).toBeDefined();
  if (!type.endsWith('json')) return;
  const definitions = (document.components as Json).schemas;
  const schema = localReferences({ ...content!.schema, $defs: definitions }) as Parameters<typeof z.fromJSONSchema>[0];
  const result = z.fromJSONSchema(schema).safeParse(response.json());
  expect(result.error?.issues, `${method} ${url} ${response.statusCode}`).toBeUndefined();
}

function operationOf(document: Json, method: Method, path: string): Json | undefined {
  for (const [pattern, operations] of Object.entries(document.paths as Record<string, Json>)) {
    const matcher = new RegExp(`^${pattern.replace(/\{[^}]+\}/g, '[^/]+')}$`);
    if (matcher.test(path)) return operations[method.toLowerCase()] as Json | undefined;
  }
  return undefined;
}

/** The converter knows references within a schema only; a task's spec is the service's affair (the fake sends a part of one). */
function localReferences(schema: Json): Json {
  const text = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/');
  const copy = JSON.parse(text) as Json;
  (copy.$defs as Json).TaskSpec = {};
  return copy;
}
