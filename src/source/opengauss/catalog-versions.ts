import { literalList, type SqlSession } from './sql-session.ts';

interface VersionRow {
  readonly oid: string;
  readonly xid: string;
}

/**
 * The transactions that wrote the catalog rows of tables and columns as they are now; not recorded. ANALYZE and VACUUM
 * update pg_class in place and do not show. Transaction ids of openGauss are 64 bit, so none comes twice.
 */
export function catalogVersionsSql(oids: readonly number[]): string {
  const list = literalList(oids.map(String));
  return `select c.oid::bigint as oid, c.xmin::text as xid from pg_class c where c.oid in ${list}
union
select a.attrelid::bigint as oid, a.xmin::text as xid from pg_attribute a where a.attrelid in ${list}`;
}

/**
 * Per table oid the ids of the transactions that last changed its catalog rows, without duplicates: a transaction that the
 * stream delivers with rows of the table and that is among them has changed the table itself. A table that is gone is missing.
 */
export async function readCatalogVersions(
  client: SqlSession,
  oids: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const versions = new Map<number, number[]>();
  if (oids.length === 0) return versions;
  const { rows } = await client.query<VersionRow>(catalogVersionsSql(oids));
  for (const row of rows) {
    const oid = Number(row.oid);
    const known = versions.get(oid);
    if (known === undefined) versions.set(oid, [Number(row.xid)]);
    else known.push(Number(row.xid));
  }
  return versions;
}
