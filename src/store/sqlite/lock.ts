import { join } from 'node:path';
import { CdcError } from '../../domain/errors.ts';
import { Database, sqliteCode } from './database.ts';
import { createPrivateFile } from './private-file.ts';

const LOCK_FILE = 'gausscast.lock';

export interface DataDirLock {
  release(): void;
}

/**
 * Takes the data directory for this process: an exclusive transaction on a second, empty database that is never
 * committed. The kernel lets go of the lock when the process dies, however it dies; a file with a pid in it would not.
 * Never open the lock file by other means in this process: closing any descriptor of it drops a POSIX lock.
 * Errors: STORE_LOCKED after `waitMs`.
 */
export function lockDataDir(dataDir: string, waitMs: number): DataDirLock {
  const path = join(dataDir, LOCK_FILE);
  createPrivateFile(path);
  const database = new Database(path, { busyMs: waitMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw lockError(error, dataDir, path);
  }
  return {
    // The driver closes the file only when its objects are collected, the rollback lets go at once.
    release: () => {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function lockError(error: unknown, dataDir: string, path: string): unknown {
  const code = sqliteCode(error);
  if (code?.startsWith('SQLITE_BUSY')) {
    return new CdcError('STORE_LOCKED', `${dataDir} is in use by another Gausscast`, { cause: error });
  }
  if (code === 'SQLITE_NOTADB') return new CdcError('STORE_FOREIGN', `${path} is not ours`, { cause: error });
  return error;
}
