import Libsql from 'libsql';
import { CdcError } from '../../domain/errors.ts';

/** A value SQLite stores as it is. */
export type SqlValue = string | number | null;

/** A column of a row as read. */
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  /** Rows changed and the id of the row inserted last. */
  run(...values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
}

/** One open SQLite file. Every error is a CdcError (STORE_FAILED unless `onUnique` says otherwise). */
export class Database {
  readonly #db: Libsql.Database;
  readonly #path: string;
  #isClosed = false;

  /** Opens or creates the file; `busyMs`: how long a lock of another connection is waited for. */
  constructor(path: string, options: { readonly busyMs: number; readonly readonly?: boolean }) {
    this.#path = path;
    this.#db = this.#guard(
      () => new Libsql(path, { timeout: options.busyMs, readonly: options.readonly ?? false } as Libsql.Options),
    );
  }

  prepare(sql: string): Statement {
    const statement = this.#guard(() => this.#db.prepare(sql));
    return {
      run: (...values) => {
        const result = this.#guard(() => statement.run(values));
        return { changes: result.changes, lastId: Number(result.lastInsertRowid) };
      },
      get: (...values) => this.#guard(() => statement.get(values)) as Row | undefined,
      all: (...values) => this.#guard(() => statement.all(values)) as readonly Row[],
    };
  }

  /** Runs statements without parameters. */
  exec(sql: string): void {
    this.#guard(() => this.#db.exec(sql));
  }

  /** First column of a pragma's first row. */
  pragma(text: string): SqlValue {
    const row = this.prepare(`PRAGMA ${text}`).all()[0];
    return row === undefined ? null : (Object.values(row)[0] ?? null);
  }

  /** All of `work` or nothing of it; durable when this returns. */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Nothing is read or written after this: the driver itself would go on while a prepared statement is alive. */
  close(): void {
    this.#guard(() => this.#db.close());
    this.#isClosed = true;
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back already when the disk failed; the first error is the one to show.
    }
  }

  #guard<T>(work: () => T): T {
    if (this.#isClosed) throw new CdcError('STORE_FAILED', `${this.#path} is closed`);
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }
}

/** SQLite's own name of what went wrong (`SQLITE_BUSY`), where an error came from it. */
export function sqliteCode(error: unknown): string | null {
  const cause = error instanceof CdcError ? error.cause : error;
  const code = cause instanceof Error ? (cause as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : null;
}

function storeError(error: unknown, path: string): CdcError {
  if (error instanceof CdcError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new CdcError('STORE_FAILED', `${path}: ${text}`, { cause: error });
}
