import type { FastifyReply, FastifyRequest } from 'fastify';
import { asCdcError, CdcError } from '../domain/errors.ts';
import { toProblem } from '../domain/problem.ts';
import { PROBLEM_TYPE } from './problem.ts';

/** Sends any error as a problem document and logs faults: of the service as errors, of what it talks to as warnings. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const cdc = fromFramework(error) ?? asCdcError(error);
  if (cdc.http >= 500) {
    const level = cdc.http === 500 ? 'error' : 'warn';
    request.log[level]({ err: cdc, method: request.method, url: request.url }, 'request failed');
  }
  return reply
    .code(cdc.http)
    .type(PROBLEM_TYPE)
    .send(toProblem(cdc, pathOf(request.url)));
}

/** The path of a request URL, without the query: that may hold what nobody wants in a log of errors. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}

/** What fastify itself refuses, by its error code; null for everything else. */
function fromFramework(error: unknown): CdcError | null {
  if (!(error instanceof Error) || error instanceof CdcError) return null;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  const code = 'code' in error ? String(error.code) : '';
  if (status === 413)
    return new CdcError('BODY_TOO_LARGE', 'the body is larger than the service takes', { cause: error });
  if (status === 415) return new CdcError('MEDIA_TYPE', 'the content type of the body is not JSON', { cause: error });
  if (status === 404) return new CdcError('NOT_FOUND', 'there is nothing at this path', { cause: error });
  if (code === 'FST_ERR_BAD_URL') return malformedUrl(error);
  if (status >= 400 && status < 500) return malformedBody(error);
  return null;
}

function malformedUrl(cause: unknown): CdcError {
  const hint = 'Encode the path as RFC 3986 asks.';
  return new CdcError('BODY_MALFORMED', 'the URL is not well-formed', { cause, hint });
}

/** The parser's own message is not repeated: it quotes the body, which may hold a password. */
function malformedBody(cause: unknown): CdcError {
  return new CdcError('BODY_MALFORMED', 'the body is not well-formed JSON', { cause });
}
