import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../test/support/fake-clock.ts';
import { ServiceHarness } from '../../test/support/service-harness.ts';
import { CdcError } from '../domain/errors.ts';

let harness: ServiceHarness;

beforeEach(() => {
  harness = new ServiceHarness();
});

afterEach(() => {
  expect(harness.logger.errors).toEqual([]);
  harness.close();
});

describe('progress', () => {
  it('shows the running session and what the server retains', async () => {
    const { id, slot } = await harness.streaming();
    const progress = harness.runners.last.status().progress;
    harness.runners.last.live = { progress: { ...progress, slot }, heldBytes: 10 };
    expect(await harness.service.progress(id)).toMatchObject({
      state: 'INCREMENTAL',
      streams: [{ slot, acknowledgedLsn: '0/200', serverLsn: '0/500', lagBytes: 0x300, retainedWalBytes: 1024 }],
      records: { published: 7, bytes: 70, skipped: 1, deadLettered: 0 },
    });
  });

  it('shows what is stored when nothing runs, and nulls when the source is down', async () => {
    const { id, slot } = await harness.streaming();
    harness.store.putTotals(id, { published: 9, bytes: 90, skipped: 0, tables: [] });
    harness.runners.last.end({ kind: 'failed', error: new CdcError('SLOT_LOST', 'x') });
    await settle();
    harness.source.failure = new CdcError('SOURCE_UNREACHABLE', 'refused');
    expect(await harness.service.progress(id)).toMatchObject({
      state: 'INCREMENTAL_FAILED',
      streams: [{ slot, confirmedLsn: '0/200', serverLsn: null, lagBytes: null, retainedWalBytes: null }],
      records: { published: 9, bytes: 90 },
    });
  });

  it('does not wait for a source that hangs, and asks it once at a time', async () => {
    const { id } = await harness.streaming();
    harness.source.gate = new Promise(() => undefined);
    const asked = harness.source.endpoints.length;
    const both = Promise.all([harness.service.progress(id), harness.service.progress(id)]);
    await harness.clock.advance(1500);
    expect((await both).map(({ streams }) => streams[0]?.retainedWalBytes)).toEqual([null, null]);
    expect(harness.source.endpoints.length - asked).toBe(1);
  });

  it('never tries a refused login again', async () => {
    const { id } = await harness.streaming();
    harness.source.failure = new CdcError('SOURCE_AUTH', 'wrong password');
    const asked = harness.source.endpoints.length;
    for (let i = 0; i < 5; i++) {
      await harness.service.progress(id);
      await harness.clock.advance(60_000);
    }
    expect(harness.source.endpoints.length - asked).toBe(1);
  });

  it('of a task that never started asks nobody', async () => {
    const id = harness.create();
    expect(await harness.service.progress(id)).toMatchObject({ streams: [], tables: [], records: { published: 0 } });
    expect(harness.source.endpoints).toEqual([]);
  });

  it('has numbers for metrics without asking the source', async () => {
    const { id } = await harness.streaming();
    harness.create({ name: 'other' });
    const asked = harness.source.endpoints.length;
    expect(harness.service.snapshots()).toMatchObject([
      { id, state: 'INCREMENTAL', published: 7, receivedLsn: 0x300, lagBytes: 256 },
      { name: 'other', state: 'CONFIGURATION', published: 0, receivedLsn: 0 },
    ]);
    expect(harness.source.endpoints.length).toBe(asked);
  });
});
