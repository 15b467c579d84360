import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrsRecord } from '../support/drs-record.ts';
import { SCENARIOS } from '../support/fake-opengauss/recording.ts';
import { inTopicOrder, published, recordedChanges } from '../support/opengauss-changes.ts';
import { recordedContent } from '../support/opengauss-recordings.ts';
import { GAUSS_FORMATS, type GaussScenario, startGaussScenario } from '../support/opengauss-scenario.ts';
import { eventually } from '../support/poll.ts';
import { fixedTopic } from '../support/task-spec.ts';

/** Its tables cannot be captured: the precheck says so. */
const REFUSED = 'no-identity';
const PLAYED = SCENARIOS.filter((scenario) => scenario !== REFUSED);
/** Style text cannot tell its table, whose schema has a blank in its name. */
const NOT_IN_TEXT = 'names';
describe('recorded changes of openGauss in Kafka', () => {
  let scenario: GaussScenario;
  const records = new Map<string, DrsRecord[]>();

  beforeAll(async () => {
    scenario = await startGaussScenario('gauss');
    const { server, api } = scenario;
    for (const name of PLAYED) server.createTables(name);
    const tasks = await Promise.all(
      Object.entries(GAUSS_FORMATS).map(async ([format, decoding]) => {
        const routing = fixedTopic(topicOf(format), 1);
        const heartbeat = format.startsWith('parallel') ? { heartbeat: { create: true } } : {};
        const include = playedIn(format).includes(NOT_IN_TEXT) ? ['*.*'] : ['cdc.*'];
        const spec = scenario.spec(include, { source: { decoding, ...heartbeat }, routing });
        return { format, ...(await api.run(spec)) };
      }),
    );
    for (const name of PLAYED) server.play(name);
    await Promise.all(tasks.map(({ id }) => api.finish(id)));
    for (const { format } of tasks) records.set(format, await inTopicOrder(topicOf(format)));
  });

  afterAll(() => scenario?.[Symbol.asyncDispose]());

  const topicOf = (format: string) => `${scenario.topic}-${format}`;

  describe.each(Object.keys(GAUSS_FORMATS))('decoded as %s', (format) => {
    it.each(playedIn(format))('%s: every change, in order, text by text', (name) => {
      const tables = Object.keys(recordedContent(name).columnTypes);
      const arrived = records.get(format)!.map(published);
      expect(arrived.filter(({ table }) => tables.includes(table))).toStrictEqual(
        recordedChanges(name, format.startsWith('parallel')),
      );
    });

    it('nothing else, under rising numbers', () => {
      const numbers = records.get(format)!.map(({ number }) => number);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      const count = playedIn(format).flatMap((name) => recordedChanges(name, format.startsWith('parallel'))).length;
      expect(new Set(numbers).size).toBe(count);
      expect(numbers.length).toBe(count);
    });
  });

  it('leave no slot, no session and no question that the server does not know', () => {
    const { state, sessions } = scenario.server;
    expect(state.slots.all).toEqual([]);
    expect(sessions).toEqual([]);
    expect([state.unanswered, state.violations]).toEqual([[], []]);
  });
});

describe('tables without identity', () => {
  it('are refused by the precheck, with the statement that helps', async () => {
    await using scenario = await startGaussScenario('gauss');
    const { server, api } = scenario;
    server.createTables(REFUSED);
    const { id } = await api.create(scenario.spec(['cdc.*']));
    const { status, checks } = await api.precheck(id);
    expect(status).toBe('FAILED');
    expect(checks.find(({ id: check }) => check === 'replica-identity')).toMatchObject({
      status: 'FAILED',
      sql: ['ALTER TABLE "cdc"."nopk" REPLICA IDENTITY FULL;', 'ALTER TABLE "cdc"."rn" REPLICA IDENTITY FULL;'],
    });
    const start = await api.request('POST', `/tasks/${id}/start`, { acceptAlarms: true });
    expect(start).toMatchObject({ status: 409, body: { code: 'PRECHECK_FAILED' } });
  });

  it('that lost it after the start stop the task at the first delete; nothing is skipped', async () => {
    await using scenario = await startGaussScenario('gauss');
    const { server, api, topic } = scenario;
    const columns = { id: 'integer', v: 'text' };
    server.table('cdc.rn', { columns, primaryKey: ['id'], identity: 'f' });
    server.table('cdc.nopk', { columns, identity: 'f' });
    const task = await api.run(scenario.spec(['cdc.*'], { retry: { maxAttempts: 0 } }));
    server.pauseDelivery();
    server.play(REFUSED);
    const [, update, remove] = server.state.wal.transactions;
    server.resumeDelivery(update!.commitEnd);
    await eventually('both changes before it', async () => (await api.progress(task.id)).records.published === 2);
    server.resumeDelivery();
    const { lastError } = await api.waitFor(task.id, 'INCREMENTAL_FAILED');
    expect(lastError).toMatchObject({ code: 'KEY_UNAVAILABLE', message: expect.stringContaining('cdc.rn') });
    const before = recordedChanges(REFUSED, true).slice(0, 2);
    const records = (await inTopicOrder(topic)).map(published);
    expect(records).toMatchObject(before.map(({ opType, data, es }) => ({ opType, data, es })));
    expect(server.state.slots.find(task.slot)!.confirmedFlush).toBeLessThan(remove!.commitEnd);
  });
});

function playedIn(format: string): readonly string[] {
  return PLAYED.filter((name) => name !== NOT_IN_TEXT || !format.startsWith('parallel-text'));
}
