import { randomInt } from 'node:crypto';
import type { Database } from './database.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 8;

/** The id of this installation, made up at the first start: slots of other installations are never taken for ours. */
export function installationId(database: Database): string {
  const known = storedInstallationId(database);
  if (known !== null) return known;
  const id = Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  database.prepare('INSERT INTO installation (only, id) VALUES (1, ?)').run(id);
  return id;
}

/** The id, or null where none is stored yet. */
export function storedInstallationId(database: Database): string | null {
  const row = database.prepare('SELECT id FROM installation').get();
  return row === undefined ? null : String(row.id);
}
