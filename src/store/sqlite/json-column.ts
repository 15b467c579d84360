import type { SqlValue } from './database.ts';

/** A value for a JSON column; null and undefined become NULL. */
export function toJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** Reads a JSON column that only this program writes. */
export function fromJson<T>(column: SqlValue | undefined): T | null {
  return typeof column === 'string' ? (JSON.parse(column) as T) : null;
}
