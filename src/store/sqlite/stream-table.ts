import type { TableName } from '../../domain/decoding.ts';
import { CdcError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import type { Checkpoint, ProducerIdentity } from '../../domain/task.ts';
import type { StoredStream } from '../store.ts';
import type { Database, Row, SqlValue } from './database.ts';

/** The column takes no NULL, and no publication has an empty name. */
const NO_PUBLICATION = '';

export type StreamTable = ReturnType<typeof openStreamTable>;

const UPSERT = `INSERT INTO stream (task_id, node, slot, slot_owned, plugin, database, system_id, publication,
    publication_owned, tables, lsn, next_event_number, last_commit_lsn, published_number, published_lsn, producer_id,
    producer_epoch, producer_cluster)
  VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
  ON CONFLICT (task_id, node) DO UPDATE SET slot = excluded.slot, slot_owned = excluded.slot_owned,
    plugin = excluded.plugin, database = excluded.database, system_id = excluded.system_id,
    publication = excluded.publication, publication_owned = excluded.publication_owned,
    tables = excluded.tables, lsn = excluded.lsn,
    next_event_number = excluded.next_event_number, last_commit_lsn = excluded.last_commit_lsn,
    published_number = excluded.published_number,
    published_lsn = excluded.published_lsn, producer_id = excluded.producer_id, producer_epoch = excluded.producer_epoch,
    producer_cluster = excluded.producer_cluster`;

const SET_CHECKPOINT = `UPDATE stream SET lsn = ?, next_event_number = ?, last_commit_lsn = ?, published_number = ?,
  published_lsn = ?
  WHERE task_id = ? AND node = ?`;

const SET_PRODUCER = `UPDATE stream SET producer_id = ?, producer_epoch = ?, producer_cluster = ?
  WHERE task_id = ? AND node = ?`;

/** Slots, checkpoints and producer identities by task and node. */
export function openStreamTable(database: Database) {
  const list = database.prepare('SELECT * FROM stream WHERE task_id = ? ORDER BY node');
  const position = database.prepare('SELECT lsn, next_event_number FROM stream WHERE task_id = ? AND node = ?');
  const upsert = database.prepare(UPSERT);
  const remove = database.prepare('DELETE FROM stream WHERE task_id = ? AND node = ?');
  const setCheckpoint = database.prepare(SET_CHECKPOINT);
  const setProducer = database.prepare(SET_PRODUCER);
  return {
    list: (taskId: string): readonly StoredStream[] => list.all(taskId).map(toStream),
    put: (taskId: string, stream: StoredStream): void => {
      upsert.run(taskId, ...valuesOf(stream));
    },
    remove: (taskId: string, node: string): void => {
      remove.run(taskId, node);
    },
    putCheckpoint: (taskId: string, node: string, checkpoint: Checkpoint): void => {
      refuseStepBack(position.get(taskId, node), checkpoint);
      const { changes } = setCheckpoint.run(...checkpointValues(checkpoint), taskId, node);
      expectStream(changes, taskId, node);
    },
    putProducer: (taskId: string, node: string, producer: ProducerIdentity): void => {
      expectStream(setProducer.run(...producerValues(producer), taskId, node).changes, taskId, node);
    },
  };
}

/** A checkpoint that went back would publish changes twice under new numbers: better to stop than to store it. */
function refuseStepBack(row: Row | undefined, next: Checkpoint): void {
  if (row === undefined || typeof row.lsn !== 'string') return;
  const lsnBack = parseLsn(next.lsn) < parseLsn(row.lsn);
  if (!lsnBack && next.nextEventNumber >= Number(row.next_event_number)) return;
  throw new CdcError('INTERNAL', `checkpoint ${next.lsn} would move back behind ${row.lsn}`, {
    data: { stored: row.lsn, storedNumber: row.next_event_number, lsn: next.lsn, number: next.nextEventNumber },
  });
}

function expectStream(changes: number, taskId: string, node: string): void {
  if (changes !== 1) throw new CdcError('STORE_FAILED', `task ${taskId} has no stream ${node}`);
}

/** All columns but task_id, in the order of UPSERT. */
function valuesOf(stream: StoredStream): SqlValue[] {
  return [
    stream.node,
    stream.slot,
    stream.slotOwned ? 1 : 0,
    stream.plugin,
    stream.database,
    stream.systemId,
    stream.publication ?? NO_PUBLICATION,
    stream.publicationOwned ? 1 : 0,
    stream.tables === null ? null : JSON.stringify(stream.tables),
    ...checkpointValues(stream.checkpoint),
    ...producerValues(stream.producer),
  ];
}

function producerValues(producer: ProducerIdentity | null): SqlValue[] {
  return [producer?.producerId ?? null, producer?.epoch ?? null, producer?.clusterId ?? null];
}

function checkpointValues(checkpoint: Checkpoint | null): SqlValue[] {
  const through = checkpoint?.publishedThrough;
  return [
    checkpoint?.lsn ?? null,
    checkpoint?.nextEventNumber ?? null,
    checkpoint?.lastCommitLsn ?? null,
    through?.eventNumber ?? null,
    through?.lsn ?? null,
  ];
}

function toStream(row: Row): StoredStream {
  return {
    node: String(row.node),
    slot: String(row.slot),
    slotOwned: row.slot_owned === 1,
    plugin: String(row.plugin),
    database: String(row.database),
    systemId: String(row.system_id),
    publication: row.publication === NO_PUBLICATION ? null : String(row.publication),
    publicationOwned: row.publication_owned === 1,
    tables: typeof row.tables === 'string' ? (JSON.parse(row.tables) as TableName[]) : null,
    checkpoint: toCheckpoint(row),
    producer: toProducer(row),
  };
}

function toCheckpoint(row: Row): Checkpoint | null {
  if (row.lsn === null) return null;
  return {
    lsn: String(row.lsn),
    nextEventNumber: Number(row.next_event_number),
    lastCommitLsn: row.last_commit_lsn === null ? null : String(row.last_commit_lsn),
    publishedThrough:
      row.published_lsn === null ? null : { eventNumber: Number(row.published_number), lsn: String(row.published_lsn) },
  };
}

function toProducer(row: Row): ProducerIdentity | null {
  if (row.producer_id === null) return null;
  const clusterId = row.producer_cluster;
  return {
    producerId: String(row.producer_id),
    epoch: Number(row.producer_epoch),
    ...(typeof clusterId === 'string' && { clusterId }),
  };
}
