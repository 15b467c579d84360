import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CdcError } from '../domain/errors.ts';
import { toProblem } from '../domain/problem.ts';
import { PROBLEM_TYPE } from './problem.ts';

/** Answers bytes that are not HTTP (or headers that are too large) on the bare socket: there is no request object for them. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const hint = 'Send a well-formed HTTP/1.1 request with headers below 16 KiB.';
  const problem = toProblem(new CdcError('BODY_MALFORMED', 'the request is not well-formed HTTP', { hint }), '');
  const body = JSON.stringify({ ...problem, status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
