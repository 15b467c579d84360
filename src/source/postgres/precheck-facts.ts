import type pg from 'pg';
import type { IdentityFacts, PublicationFacts, ServerFactsForCheck, TableAccess } from '../precheck/facts.ts';
import type { SourceTable } from '../source.ts';

/** Only what every role may see; runs on any PostgreSQL relative, so that the kind of server can be told first. */
const PRODUCT = `SELECT version() AS product, current_setting('server_version_num')::int AS "versionNumber"`;

// rds_replication: AWS keeps the attribute to itself and grants this role in its place.
const SERVER = `
SELECT version() AS product, current_setting('server_version_num')::int AS "versionNumber",
       pg_is_in_recovery() AS "inRecovery", current_setting('wal_level') AS "walLevel",
       current_setting('max_replication_slots')::int AS "maxSlots",
       (SELECT count(*)::int FROM pg_replication_slots) AS "usedSlots",
       (SELECT coalesce(json_agg(slot_name ORDER BY slot_name), '[]') FROM pg_replication_slots WHERE NOT active)
         AS "inactiveSlots",
       current_setting('max_wal_senders')::int AS "maxWalSenders",
       (SELECT count(*)::int FROM pg_stat_replication) AS "usedWalSenders",
       (SELECT setting::int FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS "slotWalKeepMb",
       current_user::text AS role, r.rolsuper AS "isSuperuser",
       r.rolreplication OR EXISTS (SELECT 1 FROM pg_roles m WHERE m.rolname = 'rds_replication'
                                   AND pg_has_role(m.oid, 'MEMBER')) AS "canReplicate",
       current_database()::text AS database,
       has_database_privilege(current_database(), 'CREATE') AS "canCreateInDatabase"
FROM pg_roles r WHERE r.rolname = current_user`;

const ACCESS = `
SELECT n.nspname::text AS schema, c.relname::text AS table, c.relkind AS kind,
       has_schema_privilege(n.oid, 'USAGE') AS "canUseSchema", has_table_privilege(c.oid, 'SELECT') AS "canSelect",
       pg_has_role(c.relowner, 'USAGE') AS "isOwner", o.rolname::text AS owner, o.rolsuper AS "ownerIsSuperuser"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
WHERE c.oid = ANY ($1::oid[])
ORDER BY n.nspname, c.relname`;

/** The selected tables and, of partitioned ones, the leaves. */
const IDENTITIES = `
WITH members AS (
  SELECT c.oid FROM pg_class c WHERE c.oid = ANY ($1::oid[])
  UNION
  SELECT leaf.relid FROM pg_class c CROSS JOIN LATERAL pg_partition_tree(c.oid) AS leaf
  WHERE c.oid = ANY ($1::oid[]) AND c.relkind = 'p' AND leaf.isleaf
), keys AS (
  SELECT i.indrelid, i.indisprimary, i.indisreplident, i.indimmediate, json_agg(a.attname ORDER BY k.position) AS names
  FROM members m
  JOIN pg_index i ON i.indrelid = m.oid
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE (i.indisprimary OR i.indisreplident) AND k.position <= i.indnkeyatts
  GROUP BY i.indexrelid, i.indrelid, i.indisprimary, i.indisreplident, i.indimmediate
)
SELECT n.nspname::text AS schema, c.relname::text AS table, c.relpersistence AS persistence, c.relreplident AS identity,
       coalesce(pk.names, '[]') AS "primaryKey", coalesce(pk.indimmediate, false) AS "keyIsImmediate",
       coalesce(ri.names, '[]') AS "identityIndex"
FROM members m
JOIN pg_class c ON c.oid = m.oid AND c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN keys pk ON pk.indrelid = c.oid AND pk.indisprimary
LEFT JOIN keys ri ON ri.indrelid = c.oid AND ri.indisreplident
ORDER BY n.nspname, c.relname`;

// to_jsonb: pubviaroot exists from version 13 on, prqual and prattrs from 15 on.
const PUBLICATION = `
SELECT p.puballtables AS "allTables", p.pubinsert AS insert, p.pubupdate AS update, p.pubdelete AS delete,
       coalesce((to_jsonb(p) ->> 'pubviaroot')::boolean, false) AS "viaRoot",
       (SELECT coalesce(json_agg(json_build_object('schema', t.schema, 'table', t.name)), '[]') FROM (
          SELECT schemaname AS schema, tablename AS name FROM pg_publication_tables WHERE pubname = p.pubname
          UNION
          SELECT n.nspname, c.relname FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid) t) AS tables,
       (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'table', c.relname)), '[]')
          FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE r.prpubid = p.oid AND coalesce(to_jsonb(r) ->> 'prqual', to_jsonb(r) ->> 'prattrs') IS NOT NULL) AS filtered
FROM pg_publication p WHERE p.pubname = $1`;

export type ProductFacts = Pick<ServerFactsForCheck, 'product' | 'versionNumber'>;

export async function readProduct(client: pg.Client): Promise<ProductFacts> {
  const { rows } = await client.query<ProductFacts>(PRODUCT);
  return rows[0]!;
}

export async function readServerFacts(client: pg.Client): Promise<ServerFactsForCheck> {
  const { rows } = await client.query<ServerFactsForCheck>(SERVER);
  return rows[0]!;
}

export async function readTableAccess(
  client: pg.Client,
  tables: readonly SourceTable[],
): Promise<readonly TableAccess[]> {
  const { rows } = await client.query<TableAccess>(ACCESS, [tables.map((table) => table.oid)]);
  return rows;
}

export async function readIdentities(
  client: pg.Client,
  tables: readonly SourceTable[],
): Promise<readonly IdentityFacts[]> {
  const { rows } = await client.query<IdentityFacts>(IDENTITIES, [tables.map((table) => table.oid)]);
  return rows;
}

export async function readPublication(client: pg.Client, name: string): Promise<PublicationFacts | null> {
  const { rows } = await client.query<PublicationFacts>(PUBLICATION, [name]);
  return rows[0] ?? null;
}
