import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { SqlSession } from '../../src/source/opengauss/sql-session.ts';

/** A result as the wire carries it: columns with their type oids, cells as text. */
export interface WireResult {
  readonly fields: readonly { readonly name: string; readonly typeOid: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** What the command tag counts; by default the rows. */
  readonly count?: number;
}

type Answer = WireResult | Error | ((text: string) => WireResult | Error);

const NOTHING: WireResult = { fields: [], rows: [] };

/** Answers statements by the text they hold, with values parsed like pg does. An unexpected statement fails the test. */
export class ScriptedSession implements SqlSession {
  readonly asked: string[] = [];
  readonly #script: { readonly part: string; readonly answer: Answer }[] = [];

  /** The first entry whose `part` occurs in the statement answers it. */
  on(part: string, answer: Answer = NOTHING): this {
    this.#script.push({ part, answer });
    return this;
  }

  /** Statements asked that hold `part`. */
  count(part: string): number {
    return this.asked.filter((text) => text.includes(part)).length;
  }

  async query<R extends pg.QueryResultRow>(text: string): Promise<{ rows: R[]; rowCount: number }> {
    this.asked.push(text);
    const entry = this.#script.find(({ part }) => text.includes(part));
    if (entry === undefined) throw new Error(`unexpected statement: ${text}`);
    const answer = typeof entry.answer === 'function' ? entry.answer(text) : entry.answer;
    if (answer instanceof Error) throw answer;
    return { rows: answer.rows.map((row) => toRow(row, answer) as R), rowCount: answer.count ?? answer.rows.length };
  }
}

function toRow(cells: readonly (string | null)[], { fields }: WireResult): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(({ name, typeOid }, at) => {
      const cell = cells[at] ?? null;
      return [name, cell === null ? null : pg.types.getTypeParser(typeOid, 'text')(cell)];
    }),
  );
}

/** An error as pg throws it. */
export function sqlError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** A result of text columns with these names; other types as `name:oid`. */
export function wire(columns: string, ...rows: readonly (readonly (string | null)[])[]): WireResult {
  const fields = columns.split(' ').map((column) => {
    const [name = '', typeOid = '25'] = column.split(':');
    return { name, typeOid: Number(typeOid) };
  });
  return { fields, rows };
}

/** A query of the recorded catalog by its name there. */
export function recordedQuery(name: string): WireResult {
  return fixture<{ queries: Record<string, WireResult> }>('catalog/precheck-queries.json').queries[name]!;
}

/** A recording of openGauss; `T`: the part of it that the test uses. */
export function fixture<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/opengauss/${path}`, import.meta.url), 'utf8'));
}
