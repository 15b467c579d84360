import { describe, expect, it } from 'vitest';
import { CdcError } from '../domain/errors.ts';
import { type Lsn, parseLsn } from '../domain/lsn.ts';
import type { Catalog, ServerFacts, SlotAdmin, SlotInfo, SourceTable } from '../source/source.ts';
import type { Store, StoredStream } from '../store/store.ts';
import { type StreamPlan, setUpStream } from './stream-setup.ts';

const facts: ServerFacts = {
  systemId: '77',
  version: '15',
  versionNumber: 150000,
  currentLsn: parseLsn('0/5000'),
  database: 'shop',
};
const table = { schema: 'public', table: 'orders' } as SourceTable;
const plan: StreamPlan = {
  taskId: 'task1',
  node: 'default',
  slot: 'gausscast_i_task1',
  needs: { plugin: 'pgoutput', usesPublication: true },
  userPublication: null,
  managedPublication: 'gausscast_i_task1',
  select: (tables) => tables,
};
const slot = (change: Partial<SlotInfo> = {}): SlotInfo => ({
  slot: plan.slot,
  plugin: 'pgoutput',
  slotType: 'logical',
  database: 'shop',
  active: false,
  pid: null,
  confirmedLsn: parseLsn('0/1000'),
  restartLsn: parseLsn('0/900'),
  retainedWalBytes: 0,
  walStatus: 'reserved',
  ...change,
});
const stored = (lsn: string | null): StoredStream => ({
  node: 'default',
  slot: plan.slot,
  slotOwned: true,
  plugin: 'pgoutput',
  database: 'shop',
  systemId: '77',
  publication: plan.slot,
  publicationOwned: true,
  tables: null,
  checkpoint: lsn === null ? null : { lsn, nextEventNumber: 9, lastCommitLsn: null, publishedThrough: null },
  producer: null,
});

interface World {
  readonly stream?: StoredStream;
  readonly slot?: SlotInfo;
  readonly publications?: string[];
  readonly facts?: Partial<ServerFacts>;
  readonly tables?: readonly SourceTable[];
  readonly createError?: CdcError;
  readonly isOver?: boolean;
}

function setUp(world: World) {
  const log: string[] = [];
  const publications = world.publications ?? [];
  const store = {
    streams: () => (world.stream ? [world.stream] : []),
    putStream: (_task: string, stream: StoredStream) => log.push(`store owned=${stream.slotOwned}`),
    putCheckpoint: (_task: string, _node: string, checkpoint: { lsn: string; nextEventNumber: number }) =>
      log.push(`checkpoint ${checkpoint.lsn} next ${checkpoint.nextEventNumber}`),
  } as unknown as Store;
  const catalog = {
    facts: async () => ({ ...facts, ...world.facts }),
    listTables: async () => world.tables ?? [table],
  } as unknown as Catalog;
  const admin = {
    find: async () => world.slot ?? null,
    create: async (): Promise<Lsn> => {
      log.push('create slot');
      if (world.createError) throw world.createError;
      return parseLsn('0/4000');
    },
    drop: async () => log.push('drop slot'),
    dropPublication: async () => log.push('drop publication'),
    publicationExists: async (name: string) => publications.includes(name),
    createPublication: async (name: string) => log.push(`create publication ${name}`),
  } as unknown as SlotAdmin;
  const run = (change: Partial<StreamPlan> = {}) =>
    setUpStream(
      { ...plan, ...change },
      {
        store,
        catalog,
        admin,
        now: () => 1_763_000_000_000,
        isOver: () => world.isOver === true,
      },
    );
  return { run, log };
}

describe('setUpStream', () => {
  it('makes the publication before the slot and remembers first that both are ours', async () => {
    const { run, log } = setUp({});
    const ready = await run();
    expect(log).toEqual([
      'store owned=true',
      'create publication gausscast_i_task1',
      'store owned=true',
      'create slot',
      'checkpoint 0/4000 next 1763000000000000',
    ]);
    const checkpoint = { lsn: '0/4000' };
    expect(ready).toMatchObject({ slotOwned: true, publicationOwned: true, checkpoint });
  });

  it('uses a slot and a publication the user named as they are', async () => {
    const { run, log } = setUp({ slot: slot({ slot: 'mine' }), publications: ['pub'] });
    const ready = await run({ slot: 'mine', userPublication: 'pub' });
    expect(log).toEqual(['store owned=false', 'checkpoint 0/1000 next 1763000000000000']);
    expect(ready).toMatchObject({ slotOwned: false, publicationOwned: false });
  });

  it('begins an interrupted first start anew, because the objects may have changed since', async () => {
    const { run, log } = setUp({ stream: stored(null), slot: slot(), publications: [plan.slot] });
    const ready = await run();
    expect(log).toEqual([
      'store owned=true',
      'drop slot',
      'drop publication',
      'create publication gausscast_i_task1',
      'store owned=true',
      'create slot',
      'checkpoint 0/4000 next 1763000000000000',
    ]);
    expect(ready.slotOwned).toBe(true);
  });

  it('keeps the publication while a slot exists that could not decode what is committed without it', async () => {
    const { run, log } = setUp({ slot: slot(), publications: [plan.slot] });
    await run();
    expect(log).toEqual(['store owned=true', 'checkpoint 0/1000 next 1763000000000000']);
  });

  it('claims a slot the user named only once nobody else has made it', async () => {
    const createError = new CdcError('SLOT_EXISTS', 'taken');
    const { run, log } = setUp({ createError, publications: ['pub'] });
    await expect(run({ slot: 'mine', userPublication: 'pub' })).rejects.toThrow(createError);
    expect(log).toEqual(['store owned=false', 'store owned=true', 'create slot', 'store owned=false']);
  });

  it('keeps the claim when the connection broke while the slot was made', async () => {
    const createError = new CdcError('SOURCE_CONNECTION_LOST', 'reset');
    const { run, log } = setUp({ createError, publications: ['pub'] });
    await expect(run({ slot: 'mine', userPublication: 'pub' })).rejects.toThrow(createError);
    expect(log.at(-1)).toBe('create slot');
  });

  it('forgets the claim on a slot of another server', async () => {
    const stream = { ...stored(null), slot: 'mine', systemId: '78' };
    const { run } = setUp({ stream, slot: slot({ slot: 'mine' }), publications: ['pub'] });
    expect(await run({ slot: 'mine', userPublication: 'pub' })).toMatchObject({ slotOwned: false, systemId: '77' });
  });

  it('waits for a slot that is still being made', async () => {
    const { run } = setUp({ slot: slot({ slot: 'mine', confirmedLsn: null, active: true, pid: 9 }) });
    await expect(run({ slot: 'mine' })).rejects.toMatchObject({ code: 'SLOT_IN_USE', retry: 'timed' });
  });

  it('makes no slot for a session that has ended', async () => {
    const { run, log } = setUp({ isOver: true });
    await expect(run()).rejects.toThrow('the session ended');
    expect(log).not.toContain('create slot');
  });

  it('goes on from the stored checkpoint when the slot is the one we know', async () => {
    const { run, log } = setUp({ stream: stored('0/2000'), slot: slot() });
    expect(await run()).toMatchObject({ checkpoint: { lsn: '0/2000', nextEventNumber: 9 } });
    expect(log).toEqual([]);
  });

  it('refuses a foreign slot under the name', async () => {
    await expect(setUp({ slot: slot({ plugin: 'test_decoding' }) }).run()).rejects.toMatchObject({
      code: 'SLOT_EXISTS',
    });
  });

  it('asks for a publication the user named', async () => {
    await expect(setUp({}).run({ userPublication: 'pub' })).rejects.toMatchObject({ code: 'PUBLICATION_MISSING' });
  });

  it('does not start without tables', async () => {
    const { run, log } = setUp({ tables: [] });
    await expect(run()).rejects.toMatchObject({ code: 'OBJECTS_EMPTY' });
    expect(log).not.toContain('create slot');
  });

  const losses: readonly (readonly [string, World])[] = [
    ['is gone', {}],
    ['was recreated with another plugin', { slot: slot({ plugin: 'wal2json' }) }],
    ['belongs to another database', { slot: slot({ database: 'other' }) }],
    ['lost its WAL', { slot: slot({ walStatus: 'lost' }) }],
    ['was advanced beyond the checkpoint', { slot: slot({ confirmedLsn: parseLsn('0/2001') }) }],
    ['is on another server', { slot: slot(), facts: { systemId: '78' } }],
    [
      'is on a server whose WAL ends before the checkpoint',
      { slot: slot(), facts: { currentLsn: parseLsn('0/1FFF') } },
    ],
  ];
  for (const [why, world] of losses) {
    it(`stops with SLOT_LOST and makes nothing when the slot ${why}`, async () => {
      const { run, log } = setUp({ stream: stored('0/2000'), ...world });
      await expect(run()).rejects.toMatchObject({ code: 'SLOT_LOST', retry: 'never' });
      expect(log).toEqual([]);
    });
  }
});
