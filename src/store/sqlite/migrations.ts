import { readdirSync, readFileSync } from 'node:fs';
import { CdcError } from '../../domain/errors.ts';
import { type Database, sqliteCode } from './database.ts';

/** 'GCDC' in ASCII: marks a file as ours in SQLite's header. */
const APPLICATION_ID = 0x47434443;

// Beside this module both in src and in dist (the build copies *.sql).
const FOLDER = new URL('./migrations/', import.meta.url);

interface Migration {
  readonly number: number;
  readonly sql: string;
}

/** The numbered SQL files, in order. */
export function loadMigrations(): readonly Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number(name.slice(0, 4)), sql: readFileSync(new URL(name, FOLDER), 'utf8') }));
}

/**
 * Brings the file to the newest schema; `user_version` is the number of the last migration applied. Nothing is written
 * to a file that is not ours. Errors: STORE_FOREIGN, STORE_NEWER, STORE_FAILED.
 */
export function migrate(database: Database, path: string, migrations = loadMigrations()): void {
  const version = readVersion(database, path);
  const newest = migrations.at(-1)?.number ?? 0;
  if (version > newest) {
    throw new CdcError('STORE_NEWER', `${path} has schema ${version}, this version knows up to ${newest}`);
  }
  for (const { number, sql } of migrations) {
    if (number <= version) continue;
    database.transaction(() => {
      database.exec(sql);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${number}`);
    });
  }
}

/** Number of the last migration applied; 0 for a new file. Errors: STORE_FOREIGN. */
export function readVersion(database: Database, path: string): number {
  try {
    const isOurs = database.pragma('application_id') === APPLICATION_ID;
    const version = Number(database.pragma('user_version'));
    if (isOurs) return version;
    const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n;
    if (tables === 0 && version === 0 && database.pragma('application_id') === 0) return 0;
  } catch (error) {
    if (sqliteCode(error) !== 'SQLITE_NOTADB') throw error;
  }
  throw new CdcError('STORE_FOREIGN', `${path} exists and was not written by Gausscast`);
}
