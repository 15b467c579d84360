import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { CdcError } from '../../domain/errors.ts';

const OWNER_ONLY_DIR = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** Creates the directory readable by its owner only; one that exists keeps its mode (it may be shared on purpose). */
export function createPrivateDir(path: string): void {
  try {
    const made = mkdirSync(path, { recursive: true, mode: OWNER_ONLY_DIR });
    if (made !== undefined) chmodSync(path, OWNER_ONLY_DIR);
  } catch (error) {
    throw new CdcError('STORE_FAILED', `data directory ${path} cannot be created: ${textOf(error)}`, { cause: error });
  }
}

/** Makes sure the file exists with mode 0600; SQLite gives its journal files the mode of the file they belong to. */
export function createPrivateFile(path: string): void {
  try {
    if (existsSync(path)) chmodSync(path, OWNER_ONLY_FILE);
    else closeSync(openSync(path, 'ax', OWNER_ONLY_FILE));
  } catch (error) {
    throw new CdcError('STORE_FAILED', `${path} cannot be created: ${textOf(error)}`, { cause: error });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
