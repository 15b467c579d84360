import type { SqlSession } from './sql-session.ts';

interface IndexColumnRow {
  readonly index_name: string;
  readonly attname: string;
}

/**
 * Columns of the unique indexes that are not the primary key, in index order, indexes by name; without those of expressions
 * or of some rows only, and those that are not valid. Made like the recorded queries `primaryKey` and `identityIndex`; not
 * recorded in this form.
 */
export function uniqueIndexesSql(oid: number): string {
  return `select k.index_name, a.attname
from (select c.relname as index_name, i.indrelid, i.indkey, generate_series(0, i.indnkeyatts - 1) as key_at
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = '${oid}' and i.indisunique and not i.indisprimary and i.indisvalid
        and i.indexprs is null and i.indpred is null) k
join pg_attribute a on a.attrelid = k.indrelid and a.attnum = k.indkey[k.key_at]
order by k.index_name, k.key_at`;
}

/** Column names per unique index of a table. */
export async function readUniqueIndexes(client: SqlSession, oid: number): Promise<readonly (readonly string[])[]> {
  const { rows } = await client.query<IndexColumnRow>(uniqueIndexesSql(oid));
  const indexes = new Map<string, string[]>();
  for (const { index_name, attname } of rows) {
    const columns = indexes.get(index_name);
    if (columns === undefined) indexes.set(index_name, [attname]);
    else columns.push(attname);
  }
  return [...indexes.values()];
}
