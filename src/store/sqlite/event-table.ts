import type { EventLevel, NewEvent, Page, StoredEvent } from '../store.ts';
import type { Database, Row } from './database.ts';
import { fromJson, toJson } from './json-column.ts';

export type EventTable = ReturnType<typeof openEventTable>;

/** The log of the tasks; ids increase over all tasks and are never used again. */
export function openEventTable(database: Database) {
  const insert = database.prepare(
    'INSERT INTO event (task_id, time, level, code, message, data, actor) VALUES (?,?,?,?,?,?,?)',
  );
  const page = database.prepare(
    'SELECT id, task_id, time, level, code, message, data, actor FROM event WHERE task_id = ? AND id > ? ORDER BY id LIMIT ?',
  );
  return {
    add: (taskId: string, event: NewEvent, time: string): StoredEvent => {
      const { level, code, message, data, actor } = event;
      const { lastId } = insert.run(taskId, time, level, code, message, toJson(data), actor);
      return { ...event, id: lastId, taskId, time };
    },
    page: (taskId: string, after: number, limit: number): Page<StoredEvent> => {
      const rows = page.all(taskId, after, limit + 1);
      const items = rows.slice(0, limit).map(toEvent);
      return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.id) : null };
    },
  };
}

function toEvent(row: Row): StoredEvent {
  const data = fromJson<Record<string, unknown>>(row.data);
  return {
    id: Number(row.id),
    taskId: String(row.task_id),
    time: String(row.time),
    level: row.level as EventLevel,
    code: String(row.code),
    message: String(row.message),
    ...(data && { data }),
    actor: String(row.actor),
  };
}
