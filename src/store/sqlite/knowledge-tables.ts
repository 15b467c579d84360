import type { StoredRelation, StoredTotals, TableCounters } from '../store.ts';
import type { Database } from './database.ts';
import { fromJson } from './json-column.ts';

export type KnowledgeTables = ReturnType<typeof openKnowledgeTables>;

const PUT_TOTALS = `INSERT INTO total (task_id, published, bytes, skipped, tables) VALUES (?,?,?,?,?)
  ON CONFLICT (task_id) DO UPDATE SET published = excluded.published, bytes = excluded.bytes,
    skipped = excluded.skipped, tables = excluded.tables`;

/** What a task learnt while running: relations, partition counts, totals. */
export function openKnowledgeTables(database: Database) {
  const relation = database.prepare('SELECT description FROM relation WHERE task_id = ? AND node = ? AND oid = ?');
  const putRelation = database.prepare(
    'INSERT OR REPLACE INTO relation (task_id, node, oid, description) VALUES (?,?,?,?)',
  );
  const topic = database.prepare('SELECT partitions FROM topic WHERE task_id = ? AND name = ?');
  const putTopic = database.prepare('INSERT OR REPLACE INTO topic (task_id, name, partitions) VALUES (?,?,?)');
  const totals = database.prepare('SELECT published, bytes, skipped, tables FROM total WHERE task_id = ?');
  const putTotals = database.prepare(PUT_TOTALS);
  return {
    relation: (taskId: string, node: string, oid: number): StoredRelation | null => {
      const row = relation.get(taskId, node, oid);
      return row === undefined ? null : { node, oid, description: String(row.description) };
    },
    putRelation: (taskId: string, { node, oid, description }: StoredRelation): void => {
      putRelation.run(taskId, node, oid, description);
    },
    topicPartitions: (taskId: string, name: string): number | null => {
      const row = topic.get(taskId, name);
      return row === undefined ? null : Number(row.partitions);
    },
    putTopicPartitions: (taskId: string, name: string, partitions: number): void => {
      putTopic.run(taskId, name, partitions);
    },
    totals: (taskId: string): StoredTotals | null => {
      const row = totals.get(taskId);
      if (row === undefined) return null;
      const tables = fromJson<readonly TableCounters[]>(row.tables) ?? [];
      return { published: Number(row.published), bytes: Number(row.bytes), skipped: Number(row.skipped), tables };
    },
    putTotals: (taskId: string, { published, bytes, skipped, tables }: StoredTotals): void => {
      putTotals.run(taskId, published, bytes, skipped, JSON.stringify(tables));
    },
  };
}
