import { CdcError } from '../../domain/errors.ts';
import type { DesiredState, PrecheckReport, TaskState } from '../../domain/task.ts';
import type { Page, StopOptions, StoredError, StoredTask, TaskFilter } from '../store.ts';
import { type Database, type Row, type SqlValue, sqliteCode } from './database.ts';
import { fromJson, toJson } from './json-column.ts';

export type TaskTable = ReturnType<typeof openTaskTable>;

const COLUMNS = `id, name, spec, state, desired, version, created_at, updated_at, start_at, precheck, last_error,
  attempts, next_attempt_at, stop`;

const PAGE = `SELECT seq, ${COLUMNS} FROM task
  WHERE seq > ? AND (? IS NULL OR state = ?) AND (? IS NULL OR instr(lower(name), lower(?)) > 0)
  ORDER BY seq LIMIT ?`;

const UPDATE = `UPDATE task SET name = ?, spec = ?, state = ?, desired = ?, version = ?, created_at = ?, updated_at = ?,
  start_at = ?, precheck = ?, last_error = ?, attempts = ?, next_attempt_at = ?, stop = ?
  WHERE id = ? AND version = ?`;

/** The rows of the tasks. Errors: NAME_TAKEN, CONFLICT, STORE_FAILED. */
export function openTaskTable(database: Database) {
  const insert = database.prepare(`INSERT INTO task (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`);
  const update = database.prepare(UPDATE);
  const byId = database.prepare(`SELECT ${COLUMNS} FROM task WHERE id = ?`);
  const byName = database.prepare(`SELECT ${COLUMNS} FROM task WHERE name = ?`);
  const page = database.prepare(PAGE);
  const all = database.prepare(`SELECT ${COLUMNS} FROM task ORDER BY seq`);
  const remove = database.prepare('DELETE FROM task WHERE id = ?');
  return {
    insert: (task: StoredTask): void => {
      uniqueName(task.name, () => insert.run(task.id, ...valuesOf(task)));
    },
    /** Replaces the row whose version is `version`. */
    update: (task: StoredTask, version: number): void => {
      const { changes } = uniqueName(task.name, () => update.run(...valuesOf(task), task.id, version));
      if (changes !== 1) throw new CdcError('CONFLICT', `task ${task.id} was changed meanwhile`);
    },
    byId: (id: string): StoredTask | null => toTask(byId.get(id)),
    byName: (name: string): StoredTask | null => toTask(byName.get(name)),
    page: (filter: TaskFilter): Page<StoredTask> => {
      const { state = null, name = null, limit } = filter;
      const rows = page.all(cursorOf(filter), state, state, name, name, limit + 1);
      const shown = rows.slice(0, limit);
      const nextCursor = rows.length > limit ? String(shown.at(-1)?.seq) : null;
      return { items: shown.map((row) => toTask(row)!), nextCursor };
    },
    all: (): readonly StoredTask[] => all.all().map((row) => toTask(row)!),
    remove: (id: string): void => {
      remove.run(id);
    },
  };
}

function cursorOf({ cursor }: TaskFilter): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,15}$/.test(cursor)) throw badCursor();
  return Number(cursor);
}

function badCursor(): CdcError {
  const message = 'not a cursor of an earlier page';
  return new CdcError('REQUEST_INVALID', message, { fields: [{ path: 'cursor', code: 'invalid', message }] });
}

function uniqueName<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const taken = sqliteCode(error) === 'SQLITE_CONSTRAINT_UNIQUE';
    throw taken ? new CdcError('NAME_TAKEN', `a task named ${name} exists already`, { cause: error }) : error;
  }
}

/** All columns but id, in the order of COLUMNS. */
function valuesOf(task: StoredTask): SqlValue[] {
  return [
    task.name,
    task.spec,
    task.state,
    task.desired,
    task.version,
    task.createdAt,
    task.updatedAt,
    task.startAt,
    toJson(task.precheck),
    toJson(task.lastError),
    task.attempts,
    task.nextAttemptAt,
    toJson(task.stop),
  ];
}

function toTask(row: Row | undefined): StoredTask | null {
  if (row === undefined) return null;
  return {
    id: String(row.id),
    name: String(row.name),
    spec: String(row.spec),
    state: row.state as TaskState,
    desired: row.desired as DesiredState,
    version: Number(row.version),
    createdAt: String(row.created_at),
    updatedAt: String(row.updated_at),
    startAt: row.start_at as string | null,
    precheck: fromJson<PrecheckReport>(row.precheck),
    lastError: fromJson<StoredError>(row.last_error),
    attempts: Number(row.attempts),
    nextAttemptAt: row.next_attempt_at as string | null,
    stop: fromJson<StopOptions>(row.stop),
  };
}
