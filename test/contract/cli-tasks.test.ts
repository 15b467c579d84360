import { describe, expect, it } from 'vitest';
import { CdcError } from '../../src/domain/errors.ts';
import { CLEANUP, REPORT, TASK } from './api-fake-tasks.ts';
import { openCli } from './cli-harness.ts';

const yaml = 'name: orders\nsource:\n  host: db\n';
const files = { 'orders.yaml': yaml, 'orders.json': '{"name": "orders", "source": {"host": "db"}}' };
const spec = { name: 'orders', source: { host: 'db' } };

describe('gausscast task create', () => {
  it.each(['orders.yaml', 'orders.json'])('sends %s', async (file) => {
    const cli = await openCli({ files });
    const { code, stdout } = await cli.run('task', 'create', '-f', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^id +tsk_1$/m);
    expect(cli.calls[0]!.args[0]).toEqual(spec);
  });

  it('reads the spec from standard input', async () => {
    const cli = await openCli({ stdin: yaml });
    expect((await cli.run('task', 'create', '-f', '-')).code).toBe(0);
    expect(cli.calls[0]!.args[0]).toEqual(spec);
  });

  it('takes the password from a variable or from standard input', async () => {
    const cli = await openCli({ files, env: { DB_PASSWORD: 'p1' }, stdin: 'p2\n' });
    await cli.run('task', 'create', '-f', 'orders.yaml', '--set-password-from-env', 'DB_PASSWORD');
    await cli.run('task', 'create', '-f', 'orders.yaml', '--password-stdin');
    const sources = cli.calls.map((call) => (call.args[0] as typeof spec).source);
    expect(sources).toEqual([
      { host: 'db', password: 'p1' },
      { host: 'db', password: 'p2' },
    ]);
  });

  it.each([
    [['-f', 'none.yaml'], 'cannot read none.yaml'],
    [['-f', 'orders.yaml', '--set-password-from-env', 'NOT_SET'], 'NOT_SET is not set'],
    [['-f', '-', '--password-stdin'], 'standard input'],
    [['-f', 'orders.yaml', '--password-stdin', '--set-password-from-env', 'A'], 'exclude each other'],
    [[], 'required option'],
  ])('is a usage error with %j', async (argv, text) => {
    const { code, stderr } = await (await openCli({ files, stdin: yaml })).run('task', 'create', ...argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
  });

  it('says where a file is malformed, without repeating it', async () => {
    const cli = await openCli({ files: { 'bad.yaml': 'password: hunter2\nname: [1\n' } });
    const { code, stderr } = await cli.run('task', 'create', '-f', 'bad.yaml');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/bad\.yaml is neither JSON nor YAML at line \d/)]);
    expect(stderr).not.toContain('hunter2');
  });

  it('shows every bad field with its path, and the cure', async () => {
    const fields = [{ path: 'source.hots', code: 'unknown_key', message: 'did you mean source.host?' }];
    const create = () => {
      throw new CdcError('SPEC_INVALID', 'the spec has a fault', { fields, sql: ['SELECT 1;'] });
    };
    const { code, stderr } = await (await openCli({ files, tasks: { create } })).run(
      'task',
      'create',
      '-f',
      'orders.yaml',
    );
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error: the spec has a fault (SPEC_INVALID)\n  source.hots: did you mean source.host?\n' +
        '  cure: Correct the fields listed under errors.\n  SQL:\n    SELECT 1;\n',
    );
  });
});

describe('gausscast task', () => {
  it('lists tasks as a table and passes filters on', async () => {
    const cli = await openCli();
    const { code, stdout } = await cli.run('task', 'list', '--state', 'INCREMENTAL', '--limit', '5');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^ID +NAME +STATE +ERROR +CREATED$/);
    expect(stdout).toContain('orders-to-kafka');
    expect(cli.calls[0]!.args).toEqual([{ state: 'INCREMENTAL', limit: 5 }]);
  });

  it('prints exactly what REST answers with --json, before or after the command', async () => {
    const cli = await openCli();
    expect((await cli.run('--json', 'task', 'show', 'tsk_1')).stdout).toBe(`${JSON.stringify(TASK)}\n`);
    expect((await cli.run('task', 'show', 'tsk_1', '--json')).stdout).toBe(`${JSON.stringify(TASK)}\n`);
    expect((await cli.run('task', 'delete', 'tsk_1', '--json')).stdout).toBe('');
  });

  it('sends start options', async () => {
    const cli = await openCli();
    const at = '2030-01-01T00:00:00Z';
    expect((await cli.run('task', 'start', 'a/b', '--at', at, '--accept-alarms')).stdout).toBe(
      'orders-to-kafka is STARTING\n',
    );
    await cli.run('task', 'start', 'x');
    expect(cli.calls.map((call) => call.args.slice(0, 2))).toEqual([
      ['a/b', { startAt: at, acceptAlarms: true }],
      ['x', {}],
    ]);
  });

  it('stops, keeps the slot when told, and shows what a forced stop left', async () => {
    const cli = await openCli();
    expect((await cli.run('task', 'stop', 'x', '--keep-slot')).stdout).toBe('orders-to-kafka is STOPPING\n');
    const forced = await cli.run('task', 'stop', 'x', '--force');
    expect(cli.calls.map((call) => [call.method, call.args[1]])).toEqual([
      ['stop', { force: false, dropSlot: false }],
      ['forceStop', {}],
    ]);
    expect(forced.code).toBe(1);
    expect(forced.stdout).toContain('ended session 7 on default\ndropped slot s1 on default\n');
    expect(forced.stdout).toContain(
      "slot s2 on default remains: in use\n  SQL:\n    SELECT pg_drop_replication_slot('s2');\n",
    );
  });

  it('ends with 0 when a forced stop left nothing', async () => {
    const forceStop = async () => ({ task: TASK, ...CLEANUP, remainingSlots: [] });
    const cli = await openCli({ tasks: { forceStop } });
    expect((await cli.run('task', 'stop', 'x', '--force')).code).toBe(0);
  });

  it('deletes, by force when told', async () => {
    const cli = await openCli();
    expect((await cli.run('task', 'delete', 'x')).stdout).toBe('deleted x\n');
    await cli.run('task', 'delete', 'x', '--force');
    await cli.run('task', 'delete', 'x', '--force', '--abandon-slot');
    const options = [{ force: false }, { force: true }, { force: true, abandonSlot: true }];
    expect(cli.calls.map((call) => call.args[1])).toEqual(options);
  });

  it('takes terminal escapes out of what it prints', async () => {
    const cli = await openCli({ tasks: { get: () => ({ ...TASK, name: 'a\u001b[31mb' }) } });
    expect((await cli.run('task', 'show', 'x')).stdout).not.toContain('\u001b');
  });
});

describe('gausscast task precheck', () => {
  it('begins one and does not wait', async () => {
    const { code, stdout } = await (await openCli()).run('task', 'precheck', 'x');
    expect([code, stdout]).toEqual([0, 'precheck RUNNING\n']);
  });

  it('waits for the report and prints cause, cure and SQL', async () => {
    let polls = 0;
    const precheckReport = () => (++polls < 3 ? { ...REPORT, status: 'RUNNING' as const } : REPORT);
    const { code, stdout } = await (await openCli({ tasks: { precheckReport } })).run(
      'task',
      'precheck',
      'x',
      '--wait',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('precheck ALARM\n  PASSED  source.reachable: db:5432 answers\n');
    expect(stdout).toContain('cure: Set it to FULL\n');
    expect(stdout).toContain('ALTER TABLE public.a REPLICA IDENTITY FULL;\n');
  });

  it('ends with 3 when the report is FAILED', async () => {
    const precheckReport = () => ({ ...REPORT, status: 'FAILED' as const });
    const cli = await openCli({ tasks: { precheckReport } });
    expect((await cli.run('task', 'precheck', 'x', '--wait')).code).toBe(3);
  });

  it('ends with 130 when Ctrl-C ends the waiting', async () => {
    const precheckReport = () => ({ ...REPORT, status: 'RUNNING' as const });
    const cli = await openCli({ tasks: { precheckReport }, onSleep: (signals) => signals.emit('SIGINT') });
    expect((await cli.run('task', 'precheck', 'x', '--wait')).code).toBe(130);
  });
});

describe('gausscast task events and watch', () => {
  const event = (id: number) => ({
    id,
    time: '2026-01-01T00:00:00.000Z',
    level: 'info' as const,
    code: `E${id}`,
    message: 'm',
    data: {},
    actor: 'user',
  });
  const events = (_id: string, { after = 0 }: { after?: number }) =>
    after >= 3 ? { items: [], nextCursor: null } : { items: [event(after + 1)], nextCursor: after === 2 ? null : 'x' };

  it('prints all pages for people and one page with --json', async () => {
    const cli = await openCli({ tasks: { events } });
    expect((await cli.run('task', 'events', 'x')).stdout.match(/E\d/g)).toEqual(['E1', 'E2', 'E3']);
    const page = await cli.run('task', 'events', 'x', '--json');
    expect(JSON.parse(page.stdout)).toEqual({ items: [event(1)], nextCursor: 'x' });
  });

  it('follows until Ctrl-C, each event once', async () => {
    let waits = 0;
    const onSleep = (signals: { emit(name: string): unknown }) => void (++waits === 3 && signals.emit('SIGINT'));
    const { code, stdout } = await (await openCli({ tasks: { events }, onSleep })).run(
      'task',
      'events',
      'x',
      '--follow',
    );
    expect([code, waits]).toEqual([0, 3]);
    expect(stdout.match(/E\d/g)).toEqual(['E1', 'E2', 'E3']);
  });

  it.each([
    ['COMPLETED', 0],
    ['INCREMENTAL_FAILED', 1],
  ] as const)('watches until %s and ends with %d', async (state, expected) => {
    let polls = 0;
    const progress = async () => ({
      state: ++polls < 3 ? ('INCREMENTAL' as const) : state,
      streams: [],
      tables: [],
      records: { published: polls, bytes: 0, skipped: 0, deadLettered: 0 },
      since: '2026-01-01T00:00:00.000Z',
    });
    const { code, stdout } = await (await openCli({ tasks: { progress } })).run('task', 'watch', 'x');
    expect(code).toBe(expected);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(stdout).toMatch(/INCREMENTAL {2}1 records {2}lag -, 0 ms {2}confirmed -/);
  });
});
