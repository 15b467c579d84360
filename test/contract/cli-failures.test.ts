import { describe, expect, it } from 'vitest';
import { CdcError } from '../../src/domain/errors.ts';
import { REPORT } from './api-fake-tasks.ts';
import { openCli } from './cli-harness.ts';

const failing = (error: Error) => ({
  start: () => {
    throw error;
  },
});

describe('exit codes of the CLI', () => {
  it.each([
    [new CdcError('ILLEGAL_STATE', 'x'), 3],
    [new CdcError('PRECHECK_REQUIRED', 'x'), 3],
    [new CdcError('TASK_NOT_FOUND', 'x'), 4],
    [new CdcError('SPEC_INVALID', 'x'), 1],
    [new CdcError('NOT_READY', 'x'), 5],
    [new Error('bug'), 1],
  ])('maps %s to %d', async (error, code) => {
    const cli = await openCli({ tasks: failing(error) });
    expect((await cli.run('task', 'start', 'x')).code).toBe(code);
  });

  it('5 when nothing answers, with the reason of the connection', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:8600'), { code: 'ECONNREFUSED' });
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
    const { code, stderr } = await (await openCli({ fetch })).run('task', 'list');
    expect(code).toBe(5);
    expect(stderr).toContain(
      'no Gausscast answers at http://127.0.0.1:8600 (SERVICE_UNREACHABLE)\n  cause: connect ECONNREFUSED',
    );
  });

  it('5 when what answers is not Gausscast', async () => {
    const cli = await openCli({ fetch: async () => new Response('<html>', { status: 200 }) });
    expect((await cli.run('task', 'list')).code).toBe(5);
  });

  it('1 for an error that is no problem document', async () => {
    const cli = await openCli({ fetch: async () => new Response('Bad Gateway', { status: 502 }) });
    const { code, stderr } = await cli.run('task', 'list');
    expect([code, stderr]).toEqual([1, 'error: the service answered 502 (HTTP 502)\n']);
  });

  it.each([
    [['task', 'frobnicate']],
    [['frobnicate']],
    [['task', 'show']],
    [['task', 'list', '--nonsense']],
    [['task', 'show', 'a', 'b']],
    [['task', 'list', '--server', 'nonsense']],
    [['task', 'list', '--token', 'a b']],
    [['slot', 'list']],
    [['slot', 'list', '--task', 'a', '--source', 'b']],
    [['slot', 'cleanup', '--task', 'a', '--data-dir', 'b']],
    [['serve', '--port', 'x']],
    [['serve', '--config', 'none.yaml']],
    [[]],
  ])('2 for %j, with a message', async (argv) => {
    const { code, stderr, stdout } = await (await openCli()).run(...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  it.each(['pause', 'resume', 'retry', 'reset'])('2 for task %s, which a later version brings', async (name) => {
    expect((await (await openCli()).run('task', name, 'x')).code).toBe(2);
  });
});

describe('messages of the CLI', () => {
  it('shows the allowed commands of a refused one', async () => {
    const data = { state: 'INCREMENTAL', allowed: ['stop', 'forced-stop'] };
    const cli = await openCli({ tasks: failing(new CdcError('ILLEGAL_STATE', 'no', { data })) });
    expect((await cli.run('task', 'start', 'x')).stderr).toContain('  allowed: stop, forced-stop\n');
  });

  it('shows the checks that stand in the way', async () => {
    const cli = await openCli({
      tasks: failing(new CdcError('PRECHECK_ALARMS', 'no', { data: { alarms: REPORT.checks } })),
    });
    const { stderr } = await cli.run('task', 'start', 'x');
    expect(stderr).toContain('  ALARM   objects.identity: old rows are incomplete\n');
    expect(stderr).toContain('ALTER TABLE public.a REPLICA IDENTITY FULL;');
  });

  it('prints the problem document with --json and keeps the exit code', async () => {
    const cli = await openCli({ tasks: failing(new CdcError('ILLEGAL_STATE', 'no')) });
    const { code, stdout, stderr } = await cli.run('task', 'start', 'x', '--json');
    expect([code, stderr]).toEqual([3, '']);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'ILLEGAL_STATE', status: 409, instance: '/api/v1/tasks/x/start' });
  });

  it('prints its own errors in the same form with --json', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const { code, stdout } = await (await openCli({ fetch })).run('task', 'list', '--json');
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'SERVICE_UNREACHABLE', status: 503 });
  });

  it('talks to the server and with the token of flag or environment', async () => {
    const env = { GAUSSCAST_SERVER: 'http://env:1/', GAUSSCAST_TOKEN: 'env-token' };
    const cli = await openCli({ env });
    await cli.run('task', 'list');
    await cli.run('task', 'list', '--server', 'https://flag:2/base', '--token', 'flag-token');
    expect(cli.requests.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      ['http://env:1/api/v1/tasks', 'Bearer env-token'],
      ['https://flag:2/base/api/v1/tasks', 'Bearer flag-token'],
    ]);
  });

  it('has help with examples and a version', async () => {
    const cli = await openCli();
    const help = await cli.run('--help');
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('Exit codes: 0 done');
    expect((await cli.run('task', 'start', '--help')).stdout).toContain('--accept-alarms');
    expect((await cli.run('serve', '--help')).stdout).toContain('GAUSSCAST_SHUTDOWN_TIMEOUT');
    expect((await cli.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
