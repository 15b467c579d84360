import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../store.ts';
import { Database } from './database.ts';
import { storedInstallationId } from './installation.ts';
import { lockDataDir } from './lock.ts';
import { migrate, readVersion } from './migrations.ts';
import { createPrivateDir, createPrivateFile } from './private-file.ts';
import { createSqliteStore } from './sqlite-store.ts';

const STORE_FILE = 'gausscast.db';

/** A predecessor that was just killed may still be on its way out. */
const LOCK_WAIT_MS = 2000;

export interface StoreOptions {
  /** Clock in Unix ms. */
  readonly now?: () => number;
  readonly lockWaitMs?: number;
}

/**
 * Opens the store of a data directory, made when missing (directory 0700, files 0600), for this process alone.
 * Errors: STORE_LOCKED, STORE_FOREIGN, STORE_NEWER, STORE_FAILED.
 */
export function openStore(dataDir: string, options: StoreOptions = {}): Store {
  createPrivateDir(dataDir);
  const lock = lockDataDir(dataDir, options.lockWaitMs ?? LOCK_WAIT_MS);
  try {
    const database = openDatabase(join(dataDir, STORE_FILE));
    return createSqliteStore(database, options.now ?? Date.now, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The installation id of a data directory, without taking it: works while the service runs. Null when there is no store.
 * Errors: STORE_FOREIGN, STORE_FAILED.
 */
export function readInstallationId(dataDir: string): string | null {
  const path = join(dataDir, STORE_FILE);
  if (!existsSync(path)) return null;
  const database = new Database(path, { busyMs: LOCK_WAIT_MS });
  try {
    return readVersion(database, path) === 0 ? null : storedInstallationId(database);
  } finally {
    database.close();
  }
}

function openDatabase(path: string): Database {
  createPrivateFile(path);
  const database = new Database(path, { busyMs: LOCK_WAIT_MS });
  try {
    // Before any setting is touched: a file that is not ours stays as it is.
    readVersion(database, path);
    // FULL: a checkpoint that was reported stored must survive a power cut. secure_delete: passwords of deleted tasks.
    for (const setting of ['journal_mode = WAL', 'synchronous = FULL', 'secure_delete = ON', 'foreign_keys = ON']) {
      database.pragma(setting);
    }
    // Sorts and statement journals must not leave copies of rows in files of their own.
    database.pragma('temp_store = MEMORY');
    migrate(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
