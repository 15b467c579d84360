import { describe, expect, it } from 'vitest';
import { CLEANUP, REPORT, TASK } from './api-fake-tasks.ts';
import { openApi } from './api-harness.ts';

const spec = { name: 'orders-to-kafka', anything: 'the service decides' };

describe('tasks over REST', () => {
  it('creates a task: 201, Location, the spec passed on as it came', async () => {
    const { ask, calls } = await openApi();
    const response = await ask('POST', '/api/v1/tasks', { payload: spec });
    expect(response.statusCode).toBe(201);
    expect(response.headers.location).toBe('/api/v1/tasks/tsk_1');
    expect(response.json()).toEqual(TASK);
    expect(calls).toEqual([{ method: 'create', args: [spec, 'user'] }]);
  });

  it('lists tasks with only the filters that were given', async () => {
    const { ask, calls } = await openApi();
    const response = await ask('GET', '/api/v1/tasks?state=INCREMENTAL&limit=5&cursor=abc&name=x');
    expect(response.json()).toEqual({ items: [TASK], nextCursor: null });
    await ask('GET', '/api/v1/tasks');
    expect(calls[0]!.args).toEqual([{ state: 'INCREMENTAL', limit: 5, cursor: 'abc', name: 'x' }]);
    expect(calls[1]!.args).toEqual([{}]);
  });

  it('shows a task by id or name, also with a trailing slash', async () => {
    const { ask } = await openApi();
    expect((await ask('GET', '/api/v1/tasks/orders-to-kafka')).json()).toEqual(TASK);
    expect((await ask('GET', '/api/v1/tasks/tsk_1/')).statusCode).toBe(200);
  });

  it('patches a task with a merge patch, in either content type', async () => {
    const { ask, calls } = await openApi();
    const patch = { description: null };
    expect((await ask('PATCH', '/api/v1/tasks/tsk_1', { payload: patch })).statusCode).toBe(200);
    const headers = { 'content-type': 'application/merge-patch+json' };
    await ask('PATCH', '/api/v1/tasks/tsk_1', { payload: JSON.stringify(patch), headers });
    expect(calls.map((call) => call.args)).toEqual(Array(2).fill(['tsk_1', patch, 'user']));
  });

  it('deletes a task: 204 without a body, force only when asked', async () => {
    const { ask, calls } = await openApi();
    const response = await ask('DELETE', '/api/v1/tasks/tsk_1');
    expect([response.statusCode, response.body]).toEqual([204, '']);
    await ask('DELETE', '/api/v1/tasks/tsk_1?force=true');
    await ask('DELETE', '/api/v1/tasks/tsk_1?force=false', { headers: { 'content-type': 'application/json' } });
    await ask('DELETE', '/api/v1/tasks/tsk_1?force=true&abandonSlot=true');
    const options = [{ force: false }, { force: true }, { force: false }, { force: true, abandonSlot: true }];
    expect(calls.map((call) => call.args[1])).toEqual(options);
  });
});

describe('commands over REST', () => {
  it('begins a precheck with 202 and shows the report', async () => {
    const { ask } = await openApi();
    const begun = await ask('POST', '/api/v1/tasks/tsk_1/precheck');
    expect([begun.statusCode, begun.json().status]).toEqual([202, 'RUNNING']);
    expect((await ask('GET', '/api/v1/tasks/tsk_1/precheck')).json()).toEqual(REPORT);
  });

  it('starts a task now or later, with or without accepted alarms', async () => {
    const { ask, calls } = await openApi();
    const response = await ask('POST', '/api/v1/tasks/tsk_1/start', { payload: { acceptAlarms: true } });
    expect([response.statusCode, response.json().state]).toEqual([202, 'STARTING']);
    const startAt = '2026-12-24T18:00:00+01:00';
    await ask('POST', '/api/v1/tasks/tsk_1/start', { payload: { startAt } });
    expect(calls.map((call) => call.args[1])).toEqual([{ acceptAlarms: true }, { startAt }]);
  });

  it('stops a task: 202 with the task', async () => {
    const { ask, calls } = await openApi();
    const response = await ask('POST', '/api/v1/tasks/tsk_1/stop', { payload: { force: false, dropSlot: false } });
    expect([response.statusCode, response.json().state]).toEqual([202, 'STOPPING']);
    expect(calls).toEqual([{ method: 'stop', args: ['tsk_1', { force: false, dropSlot: false }, 'user'] }]);
  });

  it('stops a task by force: 200 with what was found and what is left', async () => {
    const { ask, calls } = await openApi();
    const response = await ask('POST', '/api/v1/tasks/tsk_1/stop', { payload: { force: true } });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ task: { ...TASK, state: 'STOP_FAILED' }, ...CLEANUP });
    expect(calls).toEqual([{ method: 'forceStop', args: ['tsk_1', {}, 'user'] }]);
  });

  it.each(['precheck', 'start', 'stop'])('takes %s with an empty body, with and without content type', async (name) => {
    const { ask, server } = await openApi();
    const url = `/api/v1/tasks/tsk_1/${name}`;
    const bodies = [{}, { headers: { 'content-type': 'application/json', 'content-length': '0' } }, { payload: {} }];
    for (const options of bodies) expect((await ask('POST', url, options)).statusCode).toBe(202);
    expect((await server.inject({ method: 'POST', url, headers: { 'content-length': '0' } })).statusCode).toBe(202);
  });
});

describe('observation, slots and connections over REST', () => {
  it('shows progress', async () => {
    const { ask } = await openApi();
    expect((await ask('GET', '/api/v1/tasks/tsk_1/progress')).json().streams[0].confirmedLsn).toBe('0/10');
  });

  it('lists events after one', async () => {
    const { ask, calls } = await openApi();
    const response = await ask('GET', '/api/v1/tasks/tsk_1/events?after=3&limit=1000');
    expect(response.json().items[0].id).toBe(4);
    expect(calls[0]!.args).toEqual(['tsk_1', { after: 3, limit: 1000 }]);
  });

  it('lists, cleans up and drops slots', async () => {
    const { ask, calls } = await openApi();
    expect((await ask('GET', '/api/v1/tasks/tsk_1/slots')).json().slots[0].owner).toBe('task');
    expect((await ask('POST', '/api/v1/tasks/tsk_1/slots/cleanup')).json()).toEqual(CLEANUP);
    await ask('POST', '/api/v1/tasks/tsk_1/slots/cleanup', { payload: { dryRun: true } });
    expect((await ask('DELETE', '/api/v1/tasks/tsk_1/slots/s1')).json().droppedSlots).toEqual(CLEANUP.droppedSlots);
    expect(calls.slice(1).map((call) => call.args)).toEqual([
      ['tsk_1', {}, 'user'],
      ['tsk_1', { dryRun: true }, 'user'],
      ['tsk_1', 's1', 'user'],
    ]);
  });

  it('tries connections and passes the block on as it came', async () => {
    const { ask, calls } = await openApi();
    const source = await ask('POST', '/api/v1/connections/source/test', { payload: { host: 'h' } });
    expect([source.statusCode, source.json().ok]).toEqual([200, true]);
    const target = await ask('POST', '/api/v1/connections/target/test', { payload: { brokers: ['b'] } });
    expect([target.statusCode, target.json().ok]).toEqual([200, false]);
    expect(calls.map((call) => call.args)).toEqual([[{ host: 'h' }], [{ brokers: ['b'] }]]);
  });
});

describe('health and metrics', () => {
  it('lives and is ready', async () => {
    const { ask } = await openApi();
    expect((await ask('GET', '/health/live')).json()).toEqual({ status: 'live' });
    expect((await ask('GET', '/health/ready')).json()).toEqual({
      status: 'ready',
      checks: [{ name: 'store', ok: true }],
    });
  });

  it('lives but is not ready when a part fails, and tells which', async () => {
    const health = () => ({ ready: false, checks: [{ name: 'store', ok: false, message: 'disk full' }] });
    const { ask } = await openApi({ health });
    expect((await ask('GET', '/health/live')).statusCode).toBe(200);
    const response = await ask('GET', '/health/ready');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'NOT_READY', detail: 'not ready: store: disk full' });
    expect(response.json().data).toEqual({ checks: [{ name: 'store', ok: false, message: 'disk full' }] });
  });

  it('refuses API calls and is not ready while it drains, but lives', async () => {
    const { ask, calls } = await openApi({ isDraining: () => true });
    expect((await ask('POST', '/api/v1/tasks', { payload: spec })).json().code).toBe('NOT_READY');
    expect((await ask('GET', '/health/ready')).statusCode).toBe(503);
    expect((await ask('GET', '/health/live')).statusCode).toBe(200);
    expect(calls).toEqual([]);
  });

  it('serves metrics as Prometheus text', async () => {
    const { ask } = await openApi();
    const response = await ask('GET', '/metrics');
    expect(response.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(response.body).toMatch(/^# HELP /m);
    expect(response.body).toContain('cdc_build_info{version="1.2.3"} 1');
  });
});
