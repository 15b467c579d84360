import type { Relation, TableDescription } from '../../domain/relation.ts';
import { toDescription } from '../table-description.ts';
import { readTables } from './catalog-tables.ts';
import { readColumnFacts } from './column-facts.ts';
import { readColumnTypes } from './column-types.ts';
import type { SqlSession } from './sql-session.ts';
import { tableOfOidOrName } from './table-scope.ts';
import { readUniqueIndexes } from './unique-indexes.ts';

/**
 * Key, identity, types and facts of a relation as of now; null when the table no longer exists. The oid wins: a table renamed since is
 * still found; one that was dropped and made anew, or whose oid the stream does not tell (0), is found by its name.
 * Errors: KEY_UNAVAILABLE.
 */
export async function describeRelation(client: SqlSession, relation: Relation): Promise<TableDescription | null> {
  const found = await readTables(client, tableOfOidOrName(relation.oid, relation));
  const table = found.find((one) => one.oid === relation.oid) ?? found[0];
  if (table === undefined) return null;
  const types = await readColumnTypes(
    client,
    relation.columns.map((column) => column.typeOid),
  );
  return toDescription(relation, {
    oid: String(table.oid),
    primary_key: table.primaryKey,
    identity_index: table.identityIndex,
    unique_indexes: await readUniqueIndexes(client, table.oid),
    columns: await readColumnFacts(client, table.oid),
    types,
  });
}
