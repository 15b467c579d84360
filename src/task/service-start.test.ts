import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import { sourceTable } from '../../test/support/fake-source-driver.ts';
import { illegal, refusal } from '../../test/support/refusals.ts';
import { ServiceHarness, USER } from '../../test/support/service-harness.ts';
import { check, report } from '../../test/support/task-fixtures.ts';
import { CdcError } from '../domain/errors.ts';
import type { PrecheckReport } from '../domain/task.ts';

let harness: ServiceHarness;

beforeEach(() => {
  harness = new ServiceHarness();
});

afterEach(() => {
  expect(harness.logger.errors).toEqual([]);
  harness.close();
});

/** Stores a precheck report as if it had run. */
function putReport(id: string, precheck: PrecheckReport): void {
  const task = harness.store.findTask(id)!;
  const state = precheck.status === 'FAILED' ? 'CONFIGURATION' : 'PENDING_START';
  harness.store.updateTask(id, task.version, { precheck, state }, []);
}

describe('precheck', () => {
  it('runs in the background, checks source and target and leads to PENDING_START', async () => {
    const id = harness.create();
    const begun = harness.service.precheck(id, USER);
    expect(begun).toMatchObject({ status: 'RUNNING', finishedAt: null, checks: [] });
    expect(harness.service.get(id)).toMatchObject({ state: 'PRECHECKING', precheckStatus: 'RUNNING' });
    expect(() => harness.service.precheck(id, USER)).toThrow(refusal('ILLEGAL_STATE'));
    await harness.service.settle();
    expect(harness.service.get(id)).toMatchObject({ state: 'PENDING_START', precheckStatus: 'PASSED' });
    expect(harness.service.precheckReport(id).checks.map((it) => it.id)).toEqual(['source-login', 'kafka-reachable']);
    expect(harness.codes(id)).toEqual(['TASK_CREATED', 'PRECHECK_STARTED', 'PRECHECK_FINISHED']);
  });

  it('asks the source about slot, publication and selection, and Kafka about the topics of the selected tables', async () => {
    const id = await harness.prechecked();
    const { slot } = harness.service.get(id);
    expect(harness.source.prechecks[0]).toMatchObject({
      slot,
      slotOwned: false,
      userPublication: null,
      managedPublication: slot,
    });
    const topics = harness.sink.asked[0]?.topics;
    expect(topics?.map((topic) => topic.plan.name)).toEqual(['shop.public.orders', 'shop.public.items']);
    expect(topics?.[0]).toMatchObject({
      tables: ['public.orders'],
      sharedOnPurpose: false,
      plan: { partitions: 3, replicationFactor: 1, knownPartitions: null },
    });
  });

  it('shares a fixed topic on purpose and knows its partitions of earlier', async () => {
    const id = harness.create({ routing: { topic: { policy: 'fixed', name: 'all' } } });
    harness.store.putTopicPartitions(id, 'all', 5);
    harness.service.precheck(id, USER);
    await harness.service.settle();
    expect(harness.sink.asked[0]?.topics).toMatchObject([
      { tables: ['public.orders', 'public.items'], sharedOnPurpose: true, plan: { name: 'all', knownPartitions: 5 } },
    ]);
  });

  it('shows the checks of the source while those of the target run', async () => {
    const id = harness.create();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { precheck } = harness.sink;
    harness.sink.precheck = async (request) => {
      await gate;
      return precheck.call(harness.sink, request);
    };
    harness.service.precheck(id, USER);
    await settle();
    expect(harness.service.precheckReport(id)).toMatchObject({ status: 'RUNNING', checks: [{ id: 'source-login' }] });
    open();
    await harness.service.settle();
    expect(harness.service.precheckReport(id).checks).toHaveLength(2);
  });

  it('that fails leads back to CONFIGURATION, and a driver that throws is a failed check', async () => {
    harness.source.failure = new CdcError('SOURCE_QUERY', 'broken');
    const id = await harness.prechecked();
    expect(harness.service.get(id)).toMatchObject({ state: 'CONFIGURATION', precheckStatus: 'FAILED' });
    expect(harness.service.precheckReport(id).checks[0]).toMatchObject({
      status: 'FAILED',
      cause: 'SOURCE_QUERY: broken',
    });
  });

  it('takes ten thousand tables', async () => {
    harness.source.tables = Array.from({ length: 10_000 }, (_, i) => sourceTable('public', `table_${i}`));
    const id = await harness.prechecked();
    expect(harness.sink.asked[0]?.topics).toHaveLength(10_000);
    expect(harness.service.get(id).state).toBe('PENDING_START');
  });

  it('is lost with the process and can be run again', async () => {
    const id = harness.create();
    harness.source.gate = new Promise(() => undefined);
    harness.service.precheck(id, USER);
    harness.restart();
    expect(harness.service.get(id)).toMatchObject({ state: 'CONFIGURATION', precheckStatus: null });
    expect(() => harness.service.precheckReport(id)).toThrow(refusal('NOT_FOUND'));
    harness.source.gate = Promise.resolve();
    harness.service.precheck(id, USER);
    await harness.service.settle();
    expect(harness.service.get(id).state).toBe('PENDING_START');
  });

  it('of a task that was stopped or deleted meanwhile changes nothing', async () => {
    const stopped = harness.create();
    harness.service.precheck(stopped, USER);
    await harness.service.stop(stopped, { force: false }, USER);
    const deleted = harness.create({ name: 'other' });
    harness.service.precheck(deleted, USER);
    await harness.service.delete(deleted, { force: false }, USER);
    await harness.service.settle();
    expect(harness.service.get(stopped)).toMatchObject({ state: 'COMPLETED', precheckStatus: null });
    expect(() => harness.service.get(deleted)).toThrow(refusal('TASK_NOT_FOUND'));
  });
});

describe('start', () => {
  it('needs a finished precheck of the present spec', () => {
    const id = harness.create();
    expect(() => harness.service.start(id, {}, USER)).toThrow(refusal('PRECHECK_REQUIRED', { http: 409 }));
    putReport(id, report('FAILED', [check('wal-level', 'FAILED'), check('login', 'PASSED')]));
    expect(() => harness.service.start(id, {}, USER)).toThrow(
      refusal('PRECHECK_FAILED', {
        data: { checks: [{ ...check('wal-level', 'FAILED'), cause: null, cure: null, sql: [] }] },
      }),
    );
    expect(harness.service.get(id).state).toBe('CONFIGURATION');
    expect(harness.runners.all).toHaveLength(0);
  });

  it('needs alarms to be accepted', () => {
    const id = harness.create();
    putReport(id, report('ALARM', [check('old-rows', 'ALARM'), check('login', 'PASSED')]));
    expect(() => harness.service.start(id, {}, USER)).toThrow(
      refusal('PRECHECK_ALARMS', {
        data: { alarms: [{ ...check('old-rows', 'ALARM'), cause: null, cure: null, sql: [] }] },
      }),
    );
    expect(harness.service.start(id, { acceptAlarms: true }, USER).state).toBe('STARTING');
  });

  it('starts once', async () => {
    const { id } = await harness.streaming();
    expect(harness.service.get(id)).toMatchObject({ state: 'INCREMENTAL', desiredState: 'running' });
    expect(() => harness.service.start(id, {}, USER)).toThrow(illegal('stop', 'forced-stop'));
    expect(() => harness.service.precheck(id, USER)).toThrow(illegal('stop', 'forced-stop'));
    expect(harness.runners.all).toHaveLength(1);
  });

  it('can be planned, planned anew, and cancelled by a change', async () => {
    const id = await harness.prechecked();
    const at = (ms: number) => new Date(harness.clock.nowMs + ms).toISOString();
    expect(harness.service.start(id, { startAt: at(5000) }, USER)).toMatchObject({
      state: 'PENDING_START',
      startAt: at(5000),
    });
    harness.service.start(id, { startAt: at(60_000) }, USER);
    await harness.clock.advance(10_000);
    expect(harness.runners.all).toHaveLength(0);
    harness.service.patch(id, { description: 'changed' }, USER);
    await harness.clock.advance(60_000);
    expect(harness.runners.all).toHaveLength(0);
    expect(harness.service.get(id)).toMatchObject({ state: 'CONFIGURATION', startAt: null, desiredState: 'idle' });
  });

  it('at a time that has passed starts now, and a time that is none is refused', async () => {
    const id = await harness.prechecked();
    expect(() => harness.service.start(id, { startAt: 'soon' }, USER)).toThrow(refusal('REQUEST_INVALID'));
    expect(harness.service.start(id, { startAt: '2020-01-01T00:00:00Z' }, USER).state).toBe('STARTING');
  });

  it('survives a restart of the process, planned or running', async () => {
    const planned = await harness.prechecked();
    harness.service.start(planned, { startAt: new Date(harness.clock.nowMs + 5000).toISOString() }, USER);
    const { id } = await harness.streaming({ name: 'other' });
    harness.restart();
    expect(harness.service.get(id).state).toBe('STARTING');
    await harness.clock.advance(5000);
    expect(harness.service.get(planned).state).toBe('STARTING');
  });

  it('goes on from a failed state', async () => {
    const { id } = await harness.streaming();
    harness.runners.last.end({ kind: 'failed', error: new CdcError('SOURCE_AUTH', 'wrong password') });
    await settle();
    expect(harness.service.get(id)).toMatchObject({ state: 'INCREMENTAL_FAILED', lastError: { code: 'SOURCE_AUTH' } });
    expect(harness.service.start(id, {}, USER)).toMatchObject({ state: 'STARTING', lastError: null, attempts: 0 });
    expect(harness.runners.all).toHaveLength(2);
  });
});
