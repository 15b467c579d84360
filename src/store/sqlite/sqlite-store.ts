import { CdcError } from '../../domain/errors.ts';
import type { NewEvent, Store, StoredEvent, StoredTask, TaskPatch } from '../store.ts';
import type { Database } from './database.ts';
import { type EventTable, openEventTable } from './event-table.ts';
import { installationId } from './installation.ts';
import { openKnowledgeTables } from './knowledge-tables.ts';
import { openStreamTable } from './stream-table.ts';
import { openTaskTable, type TaskTable } from './task-table.ts';

interface Tables {
  readonly database: Database;
  readonly tasks: TaskTable;
  readonly events: EventTable;
  readonly isoNow: () => string;
}

/** The Store over an open and migrated database; `released` runs after it is closed. */
export function createSqliteStore(database: Database, now: () => number, released: () => void): Store {
  const isoNow = () => new Date(now()).toISOString();
  const tables: Tables = { database, tasks: openTaskTable(database), events: openEventTable(database), isoNow };
  const streams = openStreamTable(database);
  return {
    installationId: installationId(database),
    ...taskMethods(tables),
    ...eventMethods(tables),
    streams: streams.list,
    putStream: streams.put,
    deleteStream: streams.remove,
    putCheckpoint: streams.putCheckpoint,
    putProducer: streams.putProducer,
    ...openKnowledgeTables(database),
    ping: pinger(database),
    close: closeOnce(database, released),
  };
}

function taskMethods({ database, tasks, events, isoNow }: Tables) {
  return {
    createTask: (given: Omit<StoredTask, 'version' | 'createdAt' | 'updatedAt'>, event: NewEvent): StoredTask => {
      const at = isoNow();
      const task: StoredTask = { ...given, version: 1, createdAt: at, updatedAt: at };
      database.transaction(() => {
        tasks.insert(task);
        events.add(task.id, event, at);
      });
      return task;
    },
    findTask: (idOrName: string) => tasks.byId(idOrName) ?? tasks.byName(idOrName),
    listTasks: tasks.page,
    allTasks: tasks.all,
    updateTask: (id: string, version: number, patch: TaskPatch, added: readonly NewEvent[]): StoredTask =>
      database.transaction(() => {
        const current = tasks.byId(id);
        if (current === null) throw new CdcError('TASK_NOT_FOUND', `there is no task ${id}`);
        const at = isoNow();
        const next: StoredTask = { ...current, ...patch, version: version + 1, updatedAt: at };
        tasks.update(next, version);
        for (const event of added) events.add(id, event, at);
        return next;
      }),
    deleteTask: (id: string): void => {
      tasks.remove(id);
      eraseJournal(database);
    },
  };
}

function eventMethods({ events, isoNow }: Tables) {
  return {
    addEvent: (taskId: string, event: NewEvent): StoredEvent => events.add(taskId, event, isoNow()),
    listEvents: events.page,
  };
}

/** secure_delete has overwritten the rows in the database; this removes the copies that the journal still holds. */
function eraseJournal(database: Database): void {
  const isBusy = database.pragma('wal_checkpoint(TRUNCATE)') !== 0;
  if (isBusy) throw new CdcError('STORE_FAILED', 'the task is deleted, but its secrets may remain in the journal file');
}

/** Probes call it every few seconds: it touches the file, but reads no task. */
function pinger(database: Database): () => void {
  const touch = database.prepare('SELECT 1 FROM task LIMIT 1');
  return () => void touch.get();
}

function closeOnce(database: Database, released: () => void): () => void {
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    try {
      database.pragma('wal_checkpoint(TRUNCATE)');
      database.close();
    } finally {
      released();
    }
  };
}
