import type { IdentityFacts, TableAccess } from '../precheck/facts.ts';
import type { ColumnFacts } from '../precheck/gauss-facts.ts';
import type { SourceTable } from '../source.ts';
import { type CatalogTable, readTables } from './catalog-tables.ts';
import { readColumnTypes } from './column-types.ts';
import { literalList, type SqlSession } from './sql-session.ts';
import { isAmong, tablesNamed } from './table-scope.ts';

interface AccessRow {
  readonly oid: string;
  readonly can_use_schema: boolean;
  readonly can_select: boolean;
  readonly is_owner: boolean;
  readonly owner: string;
  readonly owner_is_admin: boolean;
}

/**
 * Rights of the role on tables; reads by oid, as a name would need USAGE on its schema. Owners the role cannot see in pg_roles
 * are taken as ordinary ones, but for the initial user (oid 10). Not run on a server in this form.
 */
export function accessSql(oids: readonly number[]): string {
  return `select c.oid::bigint as oid, has_schema_privilege(c.relnamespace, 'USAGE') as can_use_schema,
       has_table_privilege(c.oid, 'SELECT') as can_select, pg_has_role(c.relowner, 'USAGE') as is_owner,
       pg_get_userbyid(c.relowner) as owner, coalesce(r.rolsuper or r.rolsystemadmin, c.relowner = 10) as owner_is_admin
from pg_class c left join pg_roles r on r.oid = c.relowner
where c.oid in (${oids.join(', ')})`;
}

/** All columns: rolkind is not in every version's view. */
export function ownersSql(names: readonly string[]): string {
  return `select * from pg_roles where rolname in ${literalList(names)}`;
}

/** Tables whose primary key is DEFERRABLE: the server does not take it as identity. */
export function deferrableKeysSql(oids: readonly number[]): string {
  return `select i.indrelid::bigint as oid from pg_index i where i.indisprimary and not i.indimmediate and i.indrelid in (${oids.join(', ')})`;
}

/** In the order of `tables`. A table dropped since it was listed is left out. `tables`: not empty. */
export async function readAccess(client: SqlSession, tables: readonly SourceTable[]): Promise<readonly TableAccess[]> {
  const rows = (await client.query<AccessRow>(accessSql(tables.map((table) => table.oid)))).rows;
  const byOid = new Map(rows.map((row) => [Number(row.oid), row]));
  return tables.flatMap(({ oid, schema, table, kind }) => {
    const row = byOid.get(oid);
    if (row === undefined) return [];
    return {
      schema,
      table,
      kind,
      canUseSchema: row.can_use_schema,
      canSelect: row.can_select,
      isOwner: row.is_owner,
      owner: row.owner,
      ownerIsSuperuser: row.owner_is_admin,
    };
  });
}

/**
 * Those of the tables that belong to an INDEPENDENT role (rolkind `i`), whose rows are never decoded; as far as the role sees
 * the owners.
 */
export async function independentTables(
  client: SqlSession,
  tables: readonly TableAccess[],
): Promise<readonly TableAccess[]> {
  const owners = [...new Set(tables.map((table) => table.owner))];
  if (owners.length === 0) return [];
  const { rows } = await client.query<{ rolname: string; rolkind?: string }>(ownersSql(owners));
  const independent = new Set(rows.filter((row) => row.rolkind === 'i').map((row) => row.rolname));
  return tables.filter((table) => independent.has(table.owner));
}

/** Partitions have no identity of their own: they are no relations here. `tables`: not empty. */
export async function readIdentities(
  client: SqlSession,
  tables: readonly SourceTable[],
): Promise<readonly IdentityFacts[]> {
  const { rows } = await client.query<{ oid: string }>(deferrableKeysSql(tables.map((table) => table.oid)));
  const deferrable = new Set(rows.map((row) => Number(row.oid)));
  return tables.map(({ oid, schema, table, persistence, replicaIdentity, primaryKey, identityColumns }) => ({
    schema,
    table,
    persistence,
    identity: replicaIdentity,
    primaryKey,
    keyIsImmediate: primaryKey.length > 0 && !deferrable.has(oid),
    identityIndex: identityColumns,
  }));
}

/** Types of all columns, domains resolved. `tables`: not empty. */
export async function readColumns(client: SqlSession, tables: readonly SourceTable[]): Promise<readonly ColumnFacts[]> {
  const columns = (await readTables(client, tablesNamed(tables))).filter(isAmong(tables)).flatMap(columnsOf);
  if (columns.length === 0) return [];
  const types = await readColumnTypes(
    client,
    columns.map((column) => column.typeOid),
  );
  return columns.map(({ schema, table, column, typeName }, at) => ({
    schema,
    table,
    column,
    typeName,
    typeOid: Number(types[at]!.base),
    isArray: types[at]!.category === 'A',
  }));
}

function columnsOf({ schema, table, columns }: CatalogTable) {
  return columns.map(({ name, typeName, typeOid }) => ({ schema, table, column: name, typeName, typeOid }));
}
