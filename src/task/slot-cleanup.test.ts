import { describe, expect, it } from 'vitest';
import { FakeSource } from '../../test/support/fake-source-driver.ts';
import type { SourceEndpoint } from '../domain/endpoints.ts';
import { CdcError } from '../domain/errors.ts';
import { cleanupSource, dropSlotByName, listSlots, removeSlot, withAdmin } from './slot-cleanup.ts';

const ENDPOINT: SourceEndpoint = {
  dialect: 'postgres',
  host: 'db',
  port: 5432,
  database: 'shop',
  username: 'cdc',
  password: 'p',
};
const dropSlotSql = (slot: string, pid: number | null) => [`end ${pid}`, `drop ${slot}`];
const OPTIONS = { terminate: true, timeoutMs: 100, dropSlotSql };
const OURS = 'gausscast_inst0001_abcdefghijkl';
const THEIRS = 'gausscast_inst0002_abcdefghijkl';

const remove = (source: FakeSource, slot: string, options = OPTIONS) =>
  withAdmin(source, ENDPOINT, (admin) => removeSlot(admin, slot, options));

describe('removeSlot', () => {
  it('ends the reader, drops the slot and reports both', async () => {
    const source = new FakeSource();
    source.addSlot('s', { active: true, pid: 42 });
    expect(await remove(source, 's')).toEqual({ dropped: true, terminatedPid: 42, remaining: null });
    expect(source.slots.size).toBe(0);
    expect(source.openConnections).toBe(0);
  });

  it('is done when there is no slot, without claiming to have dropped it', async () => {
    expect(await remove(new FakeSource(), 's')).toEqual({ dropped: false, terminatedPid: null, remaining: null });
  });

  it('leaves a slot in use alone unless it may end the reader', async () => {
    const source = new FakeSource();
    source.addSlot('s', { active: true, pid: 42 });
    const removal = await remove(source, 's', { ...OPTIONS, terminate: false });
    expect(removal.remaining?.sql).toEqual(['end 42', 'drop s']);
    expect(source.terminated).toEqual([]);
  });

  it('gives up on a reader that always comes back and says what to run', async () => {
    const source = new FakeSource();
    source.addSlot('s', { active: true, pid: 42 });
    source.stubborn.add('s');
    const removal = await remove(source, 's');
    expect(removal).toMatchObject({ dropped: false, terminatedPid: 42 });
    expect(removal.remaining?.reason).toContain('active for PID 42');
    expect(removal.remaining?.sql.at(-1)).toBe('drop s');
    expect(source.terminated).toEqual([42, 42, 42]);
  });
});

describe('listSlots', () => {
  it('shows logical slots only', async () => {
    const source = new FakeSource();
    source.addSlot('a');
    source.addSlot('standby', { slotType: 'physical', confirmedLsn: null });
    const slots = await withAdmin(source, ENDPOINT, (admin) => listSlots(admin, () => 'foreign'));
    expect(slots).toEqual([
      {
        node: 'default',
        slot: 'a',
        plugin: 'pgoutput',
        active: false,
        pid: null,
        owner: 'foreign',
        confirmedLsn: '0/100',
        retainedWalBytes: 1024,
      },
    ]);
  });
});

describe('cleanupSource', () => {
  function source(): FakeSource {
    const fake = new FakeSource();
    fake.addSlot(OURS);
    fake.addSlot(THEIRS, { database: 'other' });
    fake.addSlot('gausscast_inst0001_mnopqrstuvwx', { active: true, pid: 7 });
    fake.addSlot('debezium');
    fake.publications.add(OURS);
    fake.publications.add('debezium');
    return fake;
  }

  it('only lists without yes', async () => {
    const fake = source();
    const result = await cleanupSource(fake, ENDPOINT, { yes: false });
    expect(result.droppedSlots.map(({ slot }) => slot)).toEqual([OURS, THEIRS]);
    expect(fake.slots.size).toBe(4);
  });

  it('drops inactive generated slots with their publications and touches nothing else', async () => {
    const fake = source();
    await cleanupSource(fake, ENDPOINT, { yes: true });
    expect([...fake.slots.keys()]).toEqual(['gausscast_inst0001_mnopqrstuvwx', 'debezium']);
    expect([...fake.publications]).toEqual(['debezium']);
    expect(fake.terminated).toEqual([]);
  });

  it('keeps to one installation when it is told which', async () => {
    const fake = source();
    const result = await cleanupSource(fake, ENDPOINT, { yes: true, installationId: 'inst0001' });
    expect(result.droppedSlots).toEqual([{ node: 'default', slot: OURS }]);
    expect(fake.slots.has(THEIRS)).toBe(true);
  });

  it('drops a slot from its own database, where its publication lives', async () => {
    const fake = source();
    await cleanupSource(fake, ENDPOINT, { yes: true, installationId: 'inst0002' });
    expect(fake.endpoints.map(({ database }) => database)).toEqual(['shop', 'other']);
  });
});

describe('dropSlotByName', () => {
  it('drops an inactive slot whoever made it', async () => {
    const fake = new FakeSource();
    fake.addSlot('debezium');
    const result = await dropSlotByName(fake, ENDPOINT, 'debezium');
    expect(result.droppedSlots).toEqual([{ node: 'default', slot: 'debezium' }]);
  });

  it('refuses one in use and one that is not there', async () => {
    const fake = new FakeSource();
    fake.addSlot('busy', { active: true, pid: 7 });
    await expect(dropSlotByName(fake, ENDPOINT, 'busy')).rejects.toMatchObject({
      code: 'SLOT_IN_USE',
      data: { pid: 7 },
    });
    await expect(dropSlotByName(fake, ENDPOINT, 'gone')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    fake.failure = new CdcError('SOURCE_UNREACHABLE', 'refused');
    await expect(dropSlotByName(fake, ENDPOINT, 'busy')).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });
});
