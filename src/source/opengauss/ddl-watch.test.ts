import { describe, expect, it } from 'vitest';
import { StepClock } from '../../../test/support/step-clock.ts';
import { Story } from '../../../test/support/story.ts';
import type { Change } from '../../domain/change.ts';
import { toLsn } from '../../domain/lsn.ts';
import type { SourceNotice } from '../source.ts';
import { DdlWatch } from './ddl-watch.ts';

const TABLE = { schema: 'public', table: 't', oid: 9 };
const relation = { oid: 9, schema: 'public', table: 't', replicaIdentity: 'd', columns: [] } as const;
const change: Change = {
  op: 'c',
  relation,
  after: { bytes: Buffer.alloc(0), offset: new Int32Array(0), length: new Int32Array(0) },
  before: null,
  beforeKind: 'none',
  lsnHigh: 0,
  lsnLow: 1,
  eventNumber: 0,
};

function setUp() {
  const clock = new StepClock();
  const notices: SourceNotice[] = [];
  const catalog = new Map<number, number[]>();
  const world = { failure: null as Error | null, reads: 0 };
  const watch = new DdlWatch({
    tables: () => [TABLE],
    versions: async () => {
      world.reads++;
      if (world.failure !== null) throw world.failure;
      return catalog;
    },
    notice: (notice) => notices.push(notice),
    setTimer: clock.setTimer,
  });
  const story = new Story();
  const handler = watch.observe(story);
  const transaction = (xid: number, rows: number, xidAtBegin = xid) => {
    const told = { xid: xidAtBegin, commitTimeUs: 0, origin: null, previousLsn: null };
    handler.begin(told);
    for (let i = 0; i < rows; i++) handler.change(change);
    told.xid = xid;
    handler.commit(toLsn(BigInt(xid)));
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { watch, clock, notices, catalog, world, story, transaction, settle };
}

describe('DdlWatch', () => {
  it('names transaction and table when the catalog shows that a transaction with rows changed it', async () => {
    const { watch, clock, notices, catalog, transaction, settle } = setUp();
    watch.start();
    await settle();
    transaction(7, 1);
    transaction(8, 0);
    catalog.set(9, [7, 8]);
    clock.advance(30_000);
    await settle();
    expect(notices).toMatchObject([
      { level: 'error', code: 'DDL_IN_TRANSACTION', data: { xid: 7, schema: 'public', table: 't' } },
    ]);
    expect(notices[0]!.message).toContain('public.t');
  });

  it('knows transactions whose id comes with the commit', async () => {
    const { watch, notices, catalog, transaction, settle } = setUp();
    catalog.set(9, [7]);
    watch.start();
    await settle();
    transaction(7, 1, -1);
    expect(notices).toMatchObject([{ data: { xid: 7 } }]);
  });

  it('passes everything on', () => {
    const { story, transaction } = setUp();
    transaction(7, 2);
    expect(story.changes).toHaveLength(2);
  });

  it('reads again after a failure, and no more once closed', async () => {
    const { watch, clock, world, settle } = setUp();
    world.failure = new Error('connection lost');
    watch.start();
    await settle();
    clock.advance(30_000);
    await settle();
    expect(world.reads).toBe(2);
    watch.close();
    clock.advance(60_000);
    await settle();
    expect(world.reads).toBe(2);
  });
});
