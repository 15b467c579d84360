import type pg from 'pg';
import type { DrsRecord, Row } from './drs-record.ts';
import { LOAD_TABLES, type LoadTable } from './load-tables.ts';

type Rows = Map<string, Row>;

/** Tables by name as a reader has them who applies every change in the order of the source. */
export function replay(unique: readonly DrsRecord[]): Map<string, Rows> {
  const tables = new Map<string, Rows>(LOAD_TABLES.map(({ name }) => [name, new Map()]));
  for (const { headers, drs, number } of unique) {
    const table = LOAD_TABLES.find(({ name }) => name === headers['gausscast-table'])!;
    const rows = tables.get(table.name)!;
    const after = drs.data?.[0];
    const before = drs.old?.[0];
    const known = before && rows.get(keyOf(table, before));
    if (headers['gausscast-op'] !== 'c' && known === undefined)
      throw new Error(`event ${number} changes a row that nobody wrote`);
    if (before) rows.delete(keyOf(table, before));
    // A cell that was not sent keeps its value.
    if (after) rows.set(keyOf(table, after), { ...known, ...after });
  }
  return tables;
}

/** The table as it is, cells as text. */
export async function tableRows(sql: pg.Client, table: LoadTable): Promise<Rows> {
  const { rows } = await sql.query<{ row: string }>(`select to_json(t)::text as row from ${table.sql} t`);
  const cells = (text: string): Row => {
    const entries = Object.entries(JSON.parse(text) as Record<string, string | number | null>);
    return Object.fromEntries(entries.map(([name, value]) => [name, value === null ? null : String(value)]));
  };
  return new Map(rows.map(({ row }) => cells(row)).map((row) => [keyOf(table, row), row]));
}

/** One line per row that is missing, too much or different. */
export function differingRows(told: Rows, real: Rows): string[] {
  const lines: string[] = [];
  for (const key of new Set([...told.keys(), ...real.keys()])) {
    const [one, other] = [told.get(key), real.get(key)].map((row) =>
      row ? JSON.stringify(Object.entries(row).sort()) : 'none',
    );
    if (one !== other) lines.push(`  told ${one}\n  real ${other}`);
  }
  return lines;
}

function keyOf(table: LoadTable, row: Row): string {
  return table
    .key(Number(row[table.idColumn]))
    .map(([column, value]) => {
      if (row[column] !== value) throw new Error(`${table.name}: ${column} is ${row[column]}, expected ${value}`);
      return value;
    })
    .join('|');
}
