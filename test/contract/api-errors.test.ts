import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CdcError } from '../../src/domain/errors.ts';
import { openApi } from './api-harness.ts';

const json = { 'content-type': 'application/json' };

function expectProblem(
  response: { statusCode: number; headers: object; json(): unknown },
  status: number,
  code: string,
) {
  expect(response.statusCode).toBe(status);
  expect((response.headers as Record<string, string>)['content-type']).toMatch(/^application\/problem\+json/);
  const problem = response.json() as Record<string, unknown>;
  expect(problem).toMatchObject({ type: `urn:gausscast:error:${code}`, status, code });
  for (const member of ['title', 'detail', 'hint', 'instance']) expect(typeof problem[member]).toBe('string');
  return problem;
}

describe('problem documents', () => {
  it('404 for a path that is not there, without the query in instance', async () => {
    const { ask } = await openApi();
    const problem = expectProblem(await ask('GET', '/api/v1/nothing?secret=1'), 404, 'NOT_FOUND');
    expect(problem.instance).toBe('/api/v1/nothing');
  });

  it.each(['pause', 'resume', 'retry', 'reset'])(
    '404 for the command %s, which a later version brings',
    async (name) => {
      const { ask } = await openApi();
      expectProblem(await ask('POST', `/api/v1/tasks/tsk_1/${name}`), 404, 'NOT_FOUND');
    },
  );

  it('404 for a task that is not there', async () => {
    const { ask } = await openApi();
    expectProblem(await ask('GET', '/api/v1/tasks/none'), 404, 'TASK_NOT_FOUND');
  });

  it('405 with the methods that a known path takes', async () => {
    const { ask } = await openApi();
    const response = await ask('PUT', '/api/v1/tasks/tsk_1');
    expectProblem(response, 405, 'METHOD_NOT_ALLOWED');
    expect(response.headers.allow).toBe('DELETE, GET, HEAD, PATCH');
  });

  it('400 for a body that is not JSON, without repeating it', async () => {
    const { ask, calls, log } = await openApi();
    const response = await ask('POST', '/api/v1/tasks', { payload: '{"password": "hunter2" x', headers: json });
    expectProblem(response, 400, 'BODY_MALFORMED');
    expect(response.body + log.join('')).not.toContain('hunter2');
    expect(calls).toEqual([]);
  });

  it('400 for a body that would poison prototypes', async () => {
    const { ask } = await openApi();
    const response = await ask('POST', '/api/v1/tasks', { payload: '{"__proto__": {"a": 1}}', headers: json });
    expectProblem(response, 400, 'BODY_MALFORMED');
  });

  it('400 for a malformed URL', async () => {
    const { server } = await openApi();
    const response = await server.inject({ method: 'GET', url: '/api/v1/tasks/%zz' });
    expectProblem(response, 400, 'BODY_MALFORMED');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
  });

  it('413 for a body beyond the limit', async () => {
    const { ask } = await openApi({ bodyLimit: 2048 });
    const response = await ask('POST', '/api/v1/tasks', { payload: { name: 'x'.repeat(3000) } });
    expectProblem(response, 413, 'BODY_TOO_LARGE');
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])('415 for %s', async (type) => {
    const { ask } = await openApi();
    const response = await ask('POST', '/api/v1/tasks', { payload: 'a=b', headers: { 'content-type': type } });
    expectProblem(response, 415, 'MEDIA_TYPE');
  });

  it('422 with every bad field of a spec', async () => {
    const fields = [
      { path: 'source.hots', code: 'unknown_key', message: 'unknown key; did you mean source.host?' },
      { path: 'target.brokers', code: 'required', message: 'needed' },
    ];
    const create = () => {
      throw new CdcError('SPEC_INVALID', 'the spec has 2 faults', { fields });
    };
    const { ask } = await openApi({ tasks: { create } });
    expect(expectProblem(await ask('POST', '/api/v1/tasks', { payload: {} }), 422, 'SPEC_INVALID').errors).toEqual(
      fields,
    );
  });

  it.each([
    ['GET', '/api/v1/tasks?limit=0', undefined, 'limit'],
    ['GET', '/api/v1/tasks?limit=1001', undefined, 'limit'],
    ['GET', '/api/v1/tasks?limit=many', undefined, 'limit'],
    ['GET', '/api/v1/tasks?state=ASLEEP', undefined, 'state'],
    ['GET', '/api/v1/tasks?stat=INCREMENTAL', undefined, 'stat'],
    ['GET', '/api/v1/tasks/tsk_1/events?after=-1', undefined, 'after'],
    ['DELETE', '/api/v1/tasks/tsk_1?force=maybe', undefined, 'force'],
    ['DELETE', '/api/v1/tasks/tsk_1?force=true&abandonSlot=1', undefined, 'abandonSlot'],
    ['POST', '/api/v1/tasks/tsk_1/start', { startAt: 'tomorrow' }, 'startAt'],
    ['POST', '/api/v1/tasks/tsk_1/start', { startAt: '2026-02-30' }, 'startAt'],
    ['POST', '/api/v1/tasks/tsk_1/start', { acceptAlarm: true }, 'acceptAlarm'],
    ['POST', '/api/v1/tasks/tsk_1/stop', { force: 'yes' }, 'force'],
    ['POST', '/api/v1/tasks/tsk_1/stop', [], ''],
    ['POST', '/api/v1/tasks/tsk_1/precheck', { wait: true }, 'wait'],
    ['POST', '/api/v1/tasks/tsk_1/slots/cleanup', { dryrun: true }, 'dryrun'],
  ] as const)('422 for %s %s %j naming %s', async (method, url, payload, path) => {
    const { ask, calls } = await openApi();
    const response = await ask(method, url, payload === undefined ? {} : { payload });
    const problem = expectProblem(response, 422, 'REQUEST_INVALID');
    expect((problem.errors as { path: string }[])[0]!.path).toBe(path);
    expect(calls).toEqual([]);
  });

  it('409 with the allowed commands, the alarms and ready SQL', async () => {
    const start = () => {
      throw new CdcError('ILLEGAL_STATE', 'start is not possible', { data: { allowed: ['stop'] }, sql: ['SELECT 1;'] });
    };
    const { ask } = await openApi({ tasks: { start } });
    const problem = expectProblem(await ask('POST', '/api/v1/tasks/tsk_1/start'), 409, 'ILLEGAL_STATE');
    expect(problem).toMatchObject({ data: { allowed: ['stop'] }, sql: ['SELECT 1;'] });
  });

  it('500 without what went wrong inside, which is in the log', async () => {
    const get = () => {
      throw new TypeError('the password is hunter2');
    };
    const { ask, log } = await openApi({ tasks: { get } });
    const response = await ask('GET', '/api/v1/tasks/tsk_1');
    expectProblem(response, 500, 'INTERNAL');
    expect(response.body).not.toMatch(/hunter2|TypeError|\.ts/);
    expect(log.join('')).toContain('request failed');
  });

  it('rejections of asynchronous methods too', async () => {
    const progress = () => Promise.reject(new CdcError('TASK_NOT_FOUND', 'there is no task x'));
    const { ask } = await openApi({ tasks: { progress } });
    expectProblem(await ask('GET', '/api/v1/tasks/x/progress'), 404, 'TASK_NOT_FOUND');
  });

  it('403 for commands from pages of other sites, and no mercy for reads', async () => {
    const { server, calls } = await openApi();
    const headers = { 'sec-fetch-site': 'cross-site' };
    const response = await server.inject({ method: 'POST', url: '/api/v1/tasks/tsk_1/stop', headers });
    expectProblem(response, 403, 'CROSS_SITE');
    expect(calls).toEqual([]);
    expect((await server.inject({ method: 'GET', url: '/health/live', headers })).statusCode).toBe(200);
  });

  it('400 on the bare socket for what is not HTTP', async () => {
    const { server } = await openApi();
    await server.listen({ host: '127.0.0.1', port: 0 });
    const address = server.server.address() as { port: number };
    const text = await new Promise<string>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(address.port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });
    await server.close();
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject({ status: 400, code: 'BODY_MALFORMED' });
  });

  it('carries security headers on every answer', async () => {
    const { ask } = await openApi();
    for (const url of ['/api/v1/tasks', '/nothing', '/health/live', '/docs/']) {
      const { headers } = await ask('GET', url);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    }
  });
});
