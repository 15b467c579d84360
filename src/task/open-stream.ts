import { asCdcError, type CdcError } from '../domain/errors.ts';
import { lsnHalves, parseLsn } from '../domain/lsn.ts';
import type { Checkpoint } from '../domain/task.ts';
import { createEnvelope } from '../envelope/formats.ts';
import { AckWindow, type Position, type PublishedThrough } from '../pipeline/ack-window.ts';
import { Batcher } from '../pipeline/batcher.ts';
import { ChangePublisher } from '../pipeline/binding.ts';
import { Budget, DEFAULT_BUDGET } from '../pipeline/budget.ts';
import { CHECKPOINT_INTERVAL_MS, Checkpointer } from '../pipeline/checkpointer.ts';
import { StreamPipeline } from '../pipeline/run.ts';
import { compileSelection } from '../pipeline/select.ts';
import type { SinkSession } from '../sink/sink.ts';
import type { Catalog, SourceDriver, SourceStream } from '../source/source.ts';
import type { NewEvent, StoredTask } from '../store/store.ts';
import { CatalogKeeper } from './catalog-keeper.ts';
import { generatedSlotName } from './names.ts';
import { PartitionWatch } from './partition-watch.ts';
import { RelationPreparer } from './relation-preparer.ts';
import type { Resources } from './resources.ts';
import { RunTotals } from './run-totals.ts';
import { RunningStream, toCheckpoint } from './running-stream.ts';
import { type TaskSpec, toDecoding, toHeartbeat, toKafkaEndpoint, toSourceEndpoint } from './spec.ts';
import type { RunnerDeps } from './stream-runner.ts';
import { type ReadyStream, setUpStream } from './stream-setup.ts';
import { truncatePolicy } from './truncate-policy.ts';

export interface StreamStart extends RunnerDeps {
  readonly task: StoredTask;
  readonly spec: TaskSpec;
  readonly node: string;
  readonly resources: Resources;
  readonly event: (event: NewEvent) => void;
  readonly failed: (error: CdcError) => void;
  readonly drained: () => void;
}

/** Opens all a stream needs, in this order: publication and slot, sink, replication stream (held until `begin`). */
export async function openStream(start: StreamStart): Promise<RunningStream> {
  const driver = start.sourceDriver(start.spec.source.dialect);
  const endpoint = toSourceEndpoint(start.spec.source);
  const catalog = await start.resources.add(new CatalogKeeper(() => driver.openCatalog(endpoint)));
  const ready = await catalog.use((open) => prepareSlot(start, driver, open));
  const link: { pipeline: StreamPipeline | null; source: SourceStream | null } = { pipeline: null, source: null };
  const sink = await start.resources.add(await openSink(start, ready, () => link.pipeline));
  const watch = await start.resources.add(new PartitionWatch({ sink, event: start.event, setTimer: start.setTimer }));
  const totals = new RunTotals(start.store.totals(start.task.id));
  const { pipeline, ...books } = buildPipeline(start, ready, { sink, catalog, totals, watch, link });
  link.pipeline = pipeline;
  const startLsn = parseLsn(ready.checkpoint.lsn);
  const source = await start.resources.add(
    await driver.open(
      {
        endpoint,
        slot: ready.slot,
        publication: ready.publication,
        tables: ready.tables,
        startLsn,
        decoding: toDecoding(start.spec.source),
        heartbeat: toHeartbeat(start.spec.source),
      },
      pipeline,
    ),
  );
  link.source = source;
  source.ended.catch((error: unknown) => pipeline.failed(asCdcError(error)));
  const { task, node, store, now } = start;
  return new RunningStream({
    taskId: task.id,
    node,
    slot: ready.slot,
    store,
    pipeline,
    ...books,
    sink,
    source,
    totals,
    now,
  });
}

async function prepareSlot(start: StreamStart, driver: SourceDriver, catalog: Catalog): Promise<ReadyStream> {
  const { spec, task, store, node, now } = start;
  const generated = generatedSlotName(store.installationId, task.id);
  const admin = await driver.openSlotAdmin(toSourceEndpoint(spec.source));
  const selection = compileSelection(spec.objects);
  const plan = {
    taskId: task.id,
    node,
    slot: spec.source.slot?.name ?? generated,
    needs: driver.slotNeeds(toDecoding(spec.source)),
    userPublication: spec.source.publication ?? null,
    managedPublication: generated,
    select: (tables: Awaited<ReturnType<Catalog['listTables']>>) => selection.select(tables).tables,
  };
  try {
    return await setUpStream(plan, { store, catalog, admin, now, isOver: () => start.resources.isClosed });
  } finally {
    await admin.close();
  }
}

function openSink(start: StreamStart, ready: ReadyStream, pipeline: () => StreamPipeline | null): Promise<SinkSession> {
  const { spec, task, store, node } = start;
  return start.sinkDriver.open(
    {
      endpoint: toKafkaEndpoint(spec.target),
      clientId: `gausscast-${task.id}`,
      previousProducer: ready.producer,
      storeProducer: (identity) => store.putProducer(task.id, node, identity),
    },
    {
      acknowledged: (ticket) => pipeline()?.acknowledged(ticket),
      failed: (error) => (pipeline() ?? start).failed(error),
    },
  );
}

interface PipelineTools {
  readonly sink: SinkSession;
  readonly catalog: CatalogKeeper;
  readonly totals: RunTotals;
  readonly watch: PartitionWatch;
  readonly link: { readonly source: SourceStream | null };
}

function buildPipeline(start: StreamStart, ready: ReadyStream, tools: PipelineTools) {
  const { task, spec, store, node, event, now } = start;
  const { checkpoint } = ready;
  const position = toPosition(checkpoint);
  const window = new AckWindow(position, partialOf(checkpoint));
  const budget = new Budget(DEFAULT_BUDGET, now);
  const checkpointer = new Checkpointer(position, {
    intervalMs: CHECKPOINT_INTERVAL_MS,
    store: (reached) => store.putCheckpoint(task.id, node, toCheckpoint(window, reached)),
    confirm: (lsn) => tools.link.source?.confirm(lsn),
    onError: (error) => pipeline.failed(asCdcError(error)),
    now,
    setTimer: start.setTimer,
  });
  const matches = capturedTables(spec, ready);
  const preparer = new RelationPreparer({
    taskId: task.id,
    node,
    spec,
    store,
    sink: tools.sink,
    watch: tools.watch,
    envelope: createEnvelope(spec.envelope),
    matches,
    withCatalog: (use) => tools.catalog.use(use),
    counters: (schema, table, topic) => tools.totals.counters(schema, table, topic),
    event,
  });
  const pipeline: StreamPipeline = new StreamPipeline({
    window,
    checkpointer,
    batcher: new Batcher({ sink: tools.sink, window, budget, now, setTimer: start.setTimer }),
    publisher: new ChangePublisher(tools.sink),
    prepare: (relation) => preparer.prepare(relation),
    truncated: truncatePolicy(spec.truncate, matches, event),
    publishedBefore: checkpoint.publishedThrough,
    nextEventNumber: checkpoint.nextEventNumber,
    previousLsn: position.lastCommit,
    now,
    notice: (notice) => event({ ...notice, actor: 'system' }),
    failed: start.failed,
    drained: start.drained,
  });
  return { pipeline, window, budget, checkpointer };
}

/** What of the stream is captured: what the objects select and, where no publication holds it, was there at first start. */
function capturedTables(spec: TaskSpec, { tables }: ReadyStream): (schema: string, table: string) => boolean {
  const selection = compileSelection(spec.objects);
  if (tables === null) return (schema, table) => selection.matches(schema, table);
  const captured = new Set(tables.map(({ schema, table }) => JSON.stringify([schema, table])));
  return (schema, table) => captured.has(JSON.stringify([schema, table])) && selection.matches(schema, table);
}

function toPosition({ lsn, nextEventNumber, lastCommitLsn }: Checkpoint): Position {
  return { lsn: parseLsn(lsn), nextEventNumber, lastCommit: lastCommitLsn === null ? null : parseLsn(lastCommitLsn) };
}

function partialOf({ publishedThrough }: Checkpoint): PublishedThrough | null {
  return (
    publishedThrough && { eventNumber: publishedThrough.eventNumber, ...lsnHalves(parseLsn(publishedThrough.lsn)) }
  );
}
