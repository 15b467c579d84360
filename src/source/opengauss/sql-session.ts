import type pg from 'pg';
import { quoteLiteral } from '../postgres/quoting.ts';

/**
 * A session as this folder uses it: one text per call and no values. Replication sessions of openGauss take nothing else
 * (the extended protocol ends them), so every statement here can be asked over either kind. Those called recorded have run
 * on a live server (test/fixtures/opengauss/catalog/precheck-queries.json, by that name); others use what PostgreSQL 9.2 has.
 */
export interface SqlSession {
  query<R extends pg.QueryResultRow>(text: string): Promise<Pick<pg.QueryResult<R>, 'rows' | 'rowCount'>>;
}

/** `('a', 'b')`. An empty list would be no SQL: callers leave the question out then. */
export function literalList(values: readonly string[]): string {
  return `(${values.map(quoteLiteral).join(', ')})`;
}

/** SQLSTATE of what a query threw; undefined where it is no answer of the server. */
export function sqlState(error: unknown): unknown {
  return error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
}
