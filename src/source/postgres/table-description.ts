/**
 * $1 oid, $2 schema, $3 table, $4 type oids of the columns. The oid wins: a table renamed since is still found; one that was
 * dropped and made anew is found by its name. No row: no such table. Domains are followed down to their base type.
 */
export const DESCRIBE_RELATION = `
WITH RECURSIVE target AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND (c.oid = $1::oid OR (n.nspname = $2 AND c.relname = $3))
  ORDER BY c.oid = $1::oid DESC LIMIT 1
), keys AS (
  SELECT i.indisprimary, i.indisreplident, json_agg(a.attname ORDER BY k.position) AS names
  FROM pg_index i
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = (SELECT oid FROM target) AND (i.indisprimary OR i.indisreplident) AND k.position <= i.indnkeyatts
  GROUP BY i.indexrelid, i.indisprimary, i.indisreplident
), asked AS (
  SELECT position, oid FROM unnest($4::oid[]) WITH ORDINALITY AS t(oid, position)
), chain(position, oid) AS (
  SELECT position, oid FROM asked
  UNION ALL
  SELECT chain.position, t.typbasetype FROM chain JOIN pg_type t ON t.oid = chain.oid WHERE t.typtype = 'd'
), base AS (
  SELECT chain.position, t.oid, CASE WHEN t.typcategory = 'A' THEN 'A' ELSE t.typtype::text END AS category
  FROM chain JOIN pg_type t ON t.oid = chain.oid WHERE t.typtype <> 'd'
)
SELECT target.oid::text AS oid,
  (SELECT names FROM keys WHERE indisprimary) AS primary_key,
  (SELECT names FROM keys WHERE indisreplident) AS identity_index,
  (SELECT json_agg(json_build_object('name', a.attname, 'type', a.atttypid::text) ORDER BY a.attnum)
     FROM pg_attribute a
     WHERE a.attrelid = target.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
  (SELECT json_agg(json_build_object('name', format_type(asked.oid, NULL), 'base', coalesce(base.oid, asked.oid)::text,
                                     'category', base.category) ORDER BY asked.position)
     FROM asked LEFT JOIN base USING (position)) AS types
FROM target`;
