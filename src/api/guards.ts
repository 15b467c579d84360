import type { FastifyReply } from 'fastify';
import { CdcError } from '../domain/errors.ts';
import { pathOf, sendProblem } from './request-errors.ts';
import type { ApiServer } from './server-types.ts';

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Headers that every answer carries, so that a browser neither guesses, frames, caches nor leaks anything. */
export function secure(reply: FastifyReply): FastifyReply {
  return reply.headers(HEADERS);
}

/** Security headers, refusal of commands from other sites' pages, and of API calls while the service drains. */
export function registerGuards(server: ApiServer, isDraining: () => boolean): void {
  server.addHook('onRequest', async (request, reply) => {
    secure(reply);
    // Browsers set Sec-Fetch-Site and pages cannot forge it. A POST without body needs no preflight, so CORS does not stop it.
    const site = request.headers['sec-fetch-site'];
    const isForeign = site === 'cross-site' || site === 'same-site';
    if (isForeign && !SAFE_METHODS.has(request.method)) {
      throw new CdcError('CROSS_SITE', 'commands from pages of other sites are refused');
    }
    if (isDraining() && request.url.startsWith('/api/')) {
      reply.header('connection', 'close');
      throw new CdcError('NOT_READY', 'the service is shutting down', {
        hint: 'Repeat the request once it runs again.',
      });
    }
  });
}

/** Unknown paths are 404; known paths with another method are 405 with the methods they take. */
export function registerNotFound(server: ApiServer): void {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  server.addHook('onRoute', (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    routes.push({ pattern: pathPattern(route.url), methods });
  });
  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url);
    const allowed = new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods));
    if (allowed.size === 0 || allowed.has(request.method)) {
      return sendProblem(new CdcError('NOT_FOUND', `there is nothing at ${path}`), request, reply);
    }
    reply.header('allow', [...allowed].sort().join(', '));
    return sendProblem(new CdcError('METHOD_NOT_ALLOWED', `${path} does not take ${request.method}`), request, reply);
  });
}

/** `/tasks/:id` → a pattern over whole paths; a trailing slash is allowed, as the router does. */
function pathPattern(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:[^/]+/g, '[^/]+').replaceAll('*', '.*')}/?$`);
}
