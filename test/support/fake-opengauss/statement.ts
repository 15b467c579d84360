import type { ServerSession, ServerState } from './state.ts';
import type { ResultColumn } from './wire.ts';

/** What a statement gives; no columns: only the tag. */
export interface SqlResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly tag: string;
}

/** A statement on its way to a handler. */
export interface Statement {
  readonly sql: string;
  /** What `matches` captured. */
  readonly groups: readonly string[];
  /** Of the extended protocol, as text. */
  readonly parameters: readonly (string | null)[];
  readonly session: ServerSession;
  readonly state: ServerState;
}

/** Answers the statements it matches. Throws ServerError. */
export interface SqlHandler {
  readonly matches: RegExp | ((sql: string) => boolean);
  readonly answer: (statement: Statement) => SqlResult | Promise<SqlResult>;
}

/** Column types by what pg makes of them. */
const OIDS = { text: 25, int4: 23, int8: 20, bool: 16, numeric: 1700, timestamptz: 1184, void: 2278 } as const;

export type ResultType = keyof typeof OIDS;

/** Rows of named columns, values as the types print them. */
export function select(
  columns: Readonly<Record<string, ResultType>>,
  rows: readonly (readonly (string | null)[])[],
): SqlResult {
  const described = Object.entries(columns).map(([name, type]) => ({ name, typeOid: OIDS[type] }));
  return { columns: described, rows, tag: `SELECT ${rows.length}` };
}

/** A statement that gives no rows. */
export function command(tag: string): SqlResult {
  return { columns: [], rows: [], tag };
}

/** Matches one statement, whatever its blanks are. */
export function exactly(sql: string): RegExp {
  return built(() => sql, 0);
}

/** Matches what a builder of the product's SQL makes, whatever its arguments are; captures them. */
export function built(build: (...markers: string[]) => string, markers: number): RegExp {
  const names = Array.from({ length: markers }, (_, i) => `§${i}§`);
  // The server cuts the semicolon off before.
  const pattern = build(...names)
    .replace(/;$/, '')
    .split(/§\d§/)
    .map((text) =>
      text
        .trim()
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replace(/\s+/g, '\\s+'),
    )
    .join('\\s*(.*?)\\s*');
  return new RegExp(`^${pattern}$`, 'si');
}

/** Values of a list of SQL literals: `('a', 'it''s')`. */
export function literals(text: string): string[] {
  return [...text.matchAll(/'((?:[^']|'')*)'/g)].map(([, value]) => value!.replaceAll("''", "'"));
}
