import type { ApiServer } from './server-types.ts';

/**
 * Bodies are JSON (a merge patch too); everything else is 415. An empty body counts as none: clients send
 * `content-length: 0` with `application/json` on commands without options.
 */
export function registerParsers(server: ApiServer): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<string>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, body, done) => {
      if (body.trim() === '') done(null, undefined);
      else void parseJson(request, body, done);
    },
  );
}
