import type { Change, Transaction } from '../../src/domain/change.ts';
import type { CdcError } from '../../src/domain/errors.ts';
import { type Lsn, toLsn } from '../../src/domain/lsn.ts';
import type { Relation } from '../../src/domain/relation.ts';
import { AckWindow } from '../../src/pipeline/ack-window.ts';
import { Batcher } from '../../src/pipeline/batcher.ts';
import type { Binding, ChangePublisher } from '../../src/pipeline/binding.ts';
import { Budget } from '../../src/pipeline/budget.ts';
import { Checkpointer } from '../../src/pipeline/checkpointer.ts';
import { StreamPipeline } from '../../src/pipeline/run.ts';
import type { SinkSession } from '../../src/sink/sink.ts';
import type { SourceStream } from '../../src/source/source.ts';

export const lsn = (value: number): Lsn => toLsn(BigInt(value));
export const relation: Relation = { oid: 1, schema: 'public', table: 't', replicaIdentity: 'd', columns: [] };
export const transaction: Transaction = { xid: 7, commitTimeUs: 1_000_000, origin: null, previousLsn: null };

export function change(at: number, of: Relation = relation): Change {
  return {
    op: 'c',
    relation: of,
    after: null,
    before: null,
    beforeKind: 'none',
    lsnHigh: 0,
    lsnLow: at,
    eventNumber: 0,
  };
}

interface Options {
  readonly skipThrough?: { eventNumber: number; lsn: string };
  readonly prepare?: (relation: Relation) => Promise<Binding | null>;
  readonly recordsPerBatch?: number;
  readonly truncated?: () => number;
  readonly previousLsn?: Lsn;
}

/** A pipeline between a fake stream and a fake sink; `log` shows effects in order. */
export function setUp(options: Options = {}) {
  const log: string[] = [];
  const published: number[] = [];
  const timers: (() => void)[] = [];
  const sink = { openRecords: 0, inFlightBatches: 0, heldBytes: 0, tickets: [] as number[] };
  const limit = options.recordsPerBatch ?? 1000;
  const session = {
    get openRecords() {
      return sink.openRecords;
    },
    get inFlightBatches() {
      return sink.inFlightBatches;
    },
    get heldBytes() {
      return sink.heldBytes;
    },
    get isFull() {
      return sink.openRecords >= limit;
    },
    flush(ticket: number) {
      sink.openRecords = 0;
      sink.inFlightBatches++;
      sink.tickets.push(ticket);
      log.push(`flush ${ticket}`);
    },
  } as unknown as SinkSession;
  const publisher = {
    publish: (_binding: Binding, published_: Change) => {
      sink.openRecords++;
      published.push(published_.eventNumber);
    },
  } as unknown as ChangePublisher;
  const start = { lsn: lsn(100), nextEventNumber: 1, lastCommit: options.previousLsn ?? null };
  const window = new AckWindow(start);
  const checkpointer = new Checkpointer(start, {
    intervalMs: 0,
    store: (position) => log.push(`store ${position.lsn} next ${position.nextEventNumber}`),
    confirm: (confirmed) => log.push(`confirm ${confirmed}`),
    onError: (error) => {
      throw error;
    },
    now: () => 0,
    setTimer: () => () => undefined,
  });
  const failures: CdcError[] = [];
  const pipeline = new StreamPipeline({
    window,
    checkpointer,
    batcher: new Batcher({
      sink: session,
      window,
      budget: new Budget({ maxHeldBytes: 1000, maxBatches: 2 }, () => 0),
      now: () => 0,
      setTimer: (callback) => {
        timers.push(callback);
        return () => timers.splice(timers.indexOf(callback), 1);
      },
    }),
    publisher,
    prepare: options.prepare ?? (async () => ({}) as Binding),
    truncated: options.truncated ?? (() => 0),
    publishedBefore: options.skipThrough ?? null,
    nextEventNumber: 1,
    previousLsn: options.previousLsn ?? null,
    notice: () => undefined,
    now: () => 0,
    failed: (error) => failures.push(error),
    drained: () => log.push('drained'),
  });
  const stream = fakeStream(log);
  const acknowledge = (ticket = sink.tickets.shift()!) => {
    sink.inFlightBatches--;
    pipeline.acknowledged(ticket);
  };
  return { pipeline, stream, log, published, sink, acknowledge, failures, window, timers };
}

function fakeStream(log: string[]) {
  let paused = true;
  return {
    get isPaused() {
      return paused;
    },
    pause() {
      paused = true;
      log.push('pause');
    },
    resume() {
      paused = false;
      log.push('resume');
    },
    ping: () => log.push('ping'),
  } as unknown as SourceStream;
}

export async function prepared(options: Options = {}) {
  const all = setUp(options);
  all.pipeline.attach(all.stream);
  all.pipeline.relation(relation);
  await Promise.resolve();
  await Promise.resolve();
  all.log.length = 0;
  return all;
}
