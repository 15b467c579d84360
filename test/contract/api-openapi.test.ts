import { describe, expect, it } from 'vitest';
import { documentOf, openApi } from './api-harness.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: unknown }> };
  readonly responses: Record<string, { readonly description?: string; readonly content?: Record<string, unknown> }>;
}

const ROUTES = [
  'delete /api/v1/tasks/{id}',
  'delete /api/v1/tasks/{id}/slots/{slot}',
  'get /api/v1/tasks',
  'get /api/v1/tasks/{id}',
  'get /api/v1/tasks/{id}/events',
  'get /api/v1/tasks/{id}/precheck',
  'get /api/v1/tasks/{id}/progress',
  'get /api/v1/tasks/{id}/slots',
  'get /health/live',
  'get /health/ready',
  'get /metrics',
  'get /openapi.json',
  'patch /api/v1/tasks/{id}',
  'post /api/v1/connections/source/test',
  'post /api/v1/connections/target/test',
  'post /api/v1/tasks',
  'post /api/v1/tasks/{id}/precheck',
  'post /api/v1/tasks/{id}/slots/cleanup',
  'post /api/v1/tasks/{id}/start',
  'post /api/v1/tasks/{id}/stop',
];

const { server, ask } = await openApi();
const document = documentOf(server);
const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every value under `key`, anywhere in the document. */
function valuesOf(node: unknown, key: string): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, child]) => [...(name === key ? [child] : []), ...valuesOf(child, key)]);
}

describe('the OpenAPI document', () => {
  it('is served as 3.1 JSON', async () => {
    const response = await ask('GET', '/openapi.json');
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(response.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'Gausscast', version: '1.2.3' } });
    expect(response.json()).toEqual(document);
  });

  it('contains every route and nothing else', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(ROUTES);
  });

  it('gives every operation a unique id, a summary, a known tag, its path parameters and described answers', () => {
    const tags = (document.tags as { name: string }[]).map((tag) => tag.name);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { path, operation } of operations) {
      expect(operation.summary).not.toBe('');
      expect(tags).toContain(operation.tags[0]);
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
      const declared = operation.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
      expect(declared.map((parameter) => parameter.name)).toEqual(inPath);
      for (const answer of Object.values(operation.responses)) expect(typeof answer.description).toBe('string');
    }
  });

  it('documents the errors of every API route as problem documents', () => {
    for (const { path, operation } of operations.filter((entry) => entry.path.startsWith('/api/'))) {
      const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      expect(errors.length, path).toBeGreaterThan(1);
      for (const [, answer] of errors) expect(Object.keys(answer.content!)).toEqual(['application/problem+json']);
      if (path.includes('{id}')) expect(operation.responses).toHaveProperty('404');
      if (operation.requestBody)
        for (const status of [400, 413, 415]) expect(operation.responses).toHaveProperty(`${status}`);
    }
  });

  it('has no reference that leads nowhere', () => {
    const schemas = (document.components as { schemas: object }).schemas;
    const references = valuesOf(document, '$ref');
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references)
      expect(schemas).toHaveProperty([String(reference).replace('#/components/schemas/', '')]);
  });

  it('shows secrets as write-only in requests and not at all in answers', () => {
    const schemas = (document.components as { schemas: Record<string, { properties?: object; required?: string[] }> })
      .schemas;
    const source = schemas.SourceInput!.properties as Record<string, { writeOnly?: boolean }>;
    expect(source.password!.writeOnly).toBe(true);
    for (const [name, schema] of Object.entries(schemas)) {
      if (!name.endsWith('Input')) expect(valuesOf(schema, 'password'), name).toEqual([]);
    }
    expect(valuesOf(document, 'secret')).toEqual([]);
  });
});

describe('/docs', () => {
  it('serves the UI without anything from elsewhere', async () => {
    const page = await server.inject({ method: 'GET', url: '/docs' });
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
    const script = await server.inject({ method: 'GET', url: '/docs/static/swagger-ui-bundle.js' });
    expect(script.statusCode).toBe(200);
    expect(script.headers['content-type']).toContain('javascript');
  });

  it('answers 404 as a problem document below it, too', async () => {
    const response = await server.inject({ method: 'GET', url: '/docs/static/none.js' });
    expect([response.statusCode, response.json().code]).toEqual([404, 'NOT_FOUND']);
  });
});
