import type { DescribedColumn } from '../column-facts.ts';
import type { SqlSession } from './sql-session.ts';

interface FactsRow {
  readonly attname: string;
  readonly type_oid: string;
  readonly attnotnull: boolean;
  readonly default_expr: string | null;
  readonly is_generated: boolean | null;
}

/**
 * The recorded query `columns` by the table's oid, and adgencol: `s`(tored) or, in D mode, `p`(ersisted) for a generated column
 * (docs, PG_ATTRDEF). Not recorded in this form. Compared with nothing empty: in A mode `''` is NULL.
 */
export function columnFactsSql(oid: number): string {
  return `select a.attname, a.atttypid::bigint as type_oid, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) as default_expr, d.adgencol in ('s', 'p') as is_generated
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = '${oid}' and a.attnum > 0 and not a.attisdropped
order by a.attnum`;
}

/** What only descriptions ask of a table's columns, in table order. */
export async function readColumnFacts(client: SqlSession, oid: number): Promise<readonly DescribedColumn[]> {
  const { rows } = await client.query<FactsRow>(columnFactsSql(oid));
  return rows.map((row) => ({
    name: row.attname,
    type: row.type_oid,
    isNotNull: row.attnotnull,
    isGenerated: row.is_generated ?? false,
    defaultExpression: row.default_expr,
  }));
}
