/**
 * $1 oid, $2 schema, $3 table, $4 type oids of the columns. The oid wins: a table renamed since is still found; one that was
 * dropped and made anew is found by its name. No row: no such table.
 *
 * `chain` follows domains down to their base type and, from an array, on to its element (`in_array`), again through domains.
 * A domain over a domain has no modifier of its own, so the last one counts; NOT NULL of any of them counts.
 */
export const DESCRIBE_RELATION = `
WITH RECURSIVE target AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND (c.oid = $1::oid OR (n.nspname = $2 AND c.relname = $3))
  ORDER BY c.oid = $1::oid DESC LIMIT 1
), keys AS (
  SELECT c.relname, i.indisprimary, i.indisreplident,
         i.indisunique AND NOT i.indisprimary AND i.indisvalid AND i.indexprs IS NULL AND i.indpred IS NULL AS is_unique,
         json_agg(a.attname ORDER BY k.position) AS names
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = (SELECT oid FROM target) AND k.position <= i.indnkeyatts
    AND (i.indisprimary OR i.indisreplident OR i.indisunique)
  GROUP BY i.indexrelid, c.relname, i.indisprimary, i.indisreplident, is_unique
), asked AS (
  SELECT position, oid FROM unnest($4::oid[]) WITH ORDINALITY AS t(oid, position)
), chain(position, in_array, oid, typmod, is_not_null) AS (
  SELECT position, false, oid, -1, false FROM asked
  UNION ALL
  SELECT chain.position, chain.in_array OR t.typtype <> 'd',
         CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END, t.typtypmod,
         chain.is_not_null OR t.typtype = 'd' AND t.typnotnull
  FROM chain JOIN pg_type t ON t.oid = chain.oid
  WHERE t.typtype = 'd' OR t.typcategory = 'A' AND t.typelem <> 0 AND NOT chain.in_array
), base AS (
  SELECT chain.*, t.typname, CASE WHEN t.typcategory = 'A' THEN 'A' ELSE t.typtype::text END AS category,
         (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels
  FROM chain JOIN pg_type t ON t.oid = chain.oid WHERE t.typtype <> 'd'
)
SELECT target.oid::text AS oid,
  (SELECT names FROM keys WHERE indisprimary) AS primary_key,
  (SELECT names FROM keys WHERE indisreplident) AS identity_index,
  (SELECT json_agg(names ORDER BY relname) FROM keys WHERE is_unique) AS unique_indexes,
  (SELECT json_agg(json_build_object('name', a.attname, 'type', a.atttypid::text, 'isNotNull', a.attnotnull,
                                     'isGenerated', a.attgenerated <> '',
                                     'defaultExpression', pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = target.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT json_agg(json_build_object(
            'name', format_type(asked.oid, NULL), 'base', coalesce(base.oid, asked.oid)::text, 'category', base.category,
            'baseName', base.typname, 'isDomain', coalesce(base.oid <> asked.oid, false),
            'domainModifier', coalesce(base.typmod, -1), 'domainIsNotNull', coalesce(base.is_not_null, false),
            'enumLabels', coalesce(base.labels, element.labels),
            'element', CASE WHEN element.oid IS NOT NULL THEN json_build_object(
                         'oid', element.oid::text, 'name', element.typname, 'category', element.category) END
          ) ORDER BY asked.position)
     FROM asked
     LEFT JOIN base ON base.position = asked.position AND NOT base.in_array
     LEFT JOIN base element ON element.position = asked.position AND element.in_array) AS types
FROM target`;
