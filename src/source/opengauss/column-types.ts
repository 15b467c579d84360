import type { DescriptionRow } from '../table-description.ts';
import { literalList, type SqlSession } from './sql-session.ts';

interface TypeRow {
  readonly oid: string;
  readonly name: string;
  readonly typtype: string;
  readonly typcategory: string;
  readonly base: string;
}

type ColumnType = NonNullable<DescriptionRow['types']>[number];

/** Names, kinds and base types; not recorded. `oids`: not empty. */
export function typesSql(oids: readonly string[]): string {
  return `select t.oid::bigint as oid, format_type(t.oid, null) as name, t.typtype, t.typcategory, t.typbasetype::bigint as base
from pg_type t where t.oid in ${literalList(oids)}`;
}

/**
 * One entry per oid asked for, in that order, domains followed down to their base type: one round trip, and one more per level
 * of domains. A type that was dropped since the change was written has no name and category null.
 */
export async function readColumnTypes(client: SqlSession, oids: readonly number[]): Promise<readonly ColumnType[]> {
  const known = new Map<string, TypeRow>();
  let missing = [...new Set(oids.map(String))];
  while (missing.length > 0) {
    const { rows } = await client.query<TypeRow>(typesSql(missing));
    for (const row of rows) known.set(row.oid, row);
    missing = [...new Set(rows.filter(isDomain).map((row) => row.base))].filter((oid) => !known.has(oid));
  }
  return oids.map((oid) => toColumnType(String(oid), known));
}

function toColumnType(oid: string, known: ReadonlyMap<string, TypeRow>): ColumnType {
  let base = known.get(oid);
  while (base !== undefined && isDomain(base)) base = known.get(base.base);
  const category = base?.typcategory === 'A' ? 'A' : (base?.typtype ?? null);
  // What format_type prints for an oid that is no type.
  return { name: known.get(oid)?.name ?? '???', base: base?.oid ?? oid, category };
}

function isDomain(row: TypeRow): boolean {
  return row.typtype === 'd';
}
