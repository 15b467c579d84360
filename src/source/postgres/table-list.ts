import type { ReplicaIdentity } from '../../domain/relation.ts';
import type { SourceTable } from '../source.ts';

/** One row per table; the nested lists come as JSON so that no array type needs a parser. */
export interface TableRow {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly kind: 'r' | 'p';
  readonly persistence: 'p' | 'u' | 't';
  readonly identity: ReplicaIdentity;
  readonly primary_key: readonly string[] | null;
  readonly identity_columns: readonly string[] | null;
  readonly columns: SourceTable['columns'] | null;
}

/**
 * All tables that can be captured: regular and partitioned, outside system schemas, without leaf partitions and temporary
 * tables. Key order is that of pg_index.indkey; columns behind indnkeyatts are INCLUDE columns, no key.
 */
export const LIST_TABLES = `
WITH keys AS (
  SELECT i.indrelid, i.indisprimary, i.indisreplident, json_agg(a.attname ORDER BY k.position) AS names
  FROM pg_index i
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE (i.indisprimary OR i.indisreplident) AND k.position <= i.indnkeyatts
  GROUP BY i.indexrelid, i.indrelid, i.indisprimary, i.indisreplident
), columns AS (
  SELECT a.attrelid,
         json_agg(json_build_object('name', a.attname, 'typeName', format_type(a.atttypid, NULL)) ORDER BY a.attnum) AS list
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  GROUP BY a.attrelid
)
SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS table, c.relkind AS kind, c.relpersistence AS persistence,
       c.relreplident AS identity, pk.names AS primary_key, ri.names AS identity_columns, columns.list AS columns
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN keys pk ON pk.indrelid = c.oid AND pk.indisprimary
LEFT JOIN keys ri ON ri.indrelid = c.oid AND ri.indisreplident AND c.relreplident = 'i'
LEFT JOIN columns ON columns.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname`;

export function toSourceTable(row: TableRow): SourceTable {
  return {
    oid: Number(row.oid),
    schema: row.schema,
    table: row.table,
    kind: row.kind,
    persistence: row.persistence,
    replicaIdentity: row.identity,
    primaryKey: row.primary_key ?? [],
    identityColumns: row.identity_columns ?? [],
    columns: row.columns ?? [],
  };
}
