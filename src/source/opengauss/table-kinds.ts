import type { TableName } from '../../domain/decoding.ts';
import { literalList, type SqlSession } from './sql-session.ts';
import { isAmong } from './table-scope.ts';

/** What of a table decides whether the server decodes it at all (openGauss, reorderbuffer.cpp, rel.h). */
export interface TableKind {
  readonly schema: string;
  readonly table: string;
  readonly oid: number;
  /** p(ermanent), u(nlogged), t(emporary), g(lobal temporary). */
  readonly persistence: 'p' | 'u' | 't' | 'g';
  /** `column`: column store. */
  readonly orientation: 'row' | 'column';
  /** `ustore`: decoded like the ordinary `astore`. */
  readonly storageType: 'astore' | 'ustore';
  readonly isPartitioned: boolean;
  /** r(ange), i(nterval), l(ist), h(ash), v(alue); null: not partitioned. */
  readonly partitionStrategy: string | null;
  readonly isIntervalPartitioned: boolean;
  /** Row compression: such rows come without columns. */
  readonly isCompressed: boolean;
  /** MOT and other foreign tables. */
  readonly isForeign: boolean;
  readonly canSelect: boolean;
}

interface KindRow extends TableName {
  readonly oid: string;
  readonly relkind: 'r' | 'v' | 'm' | 'f';
  readonly relpersistence: TableKind['persistence'];
  readonly parttype: string | null;
  readonly reloptions: string | null;
  readonly interval_partitioned: boolean;
  readonly partition_strategy: string | null;
  readonly can_select: boolean;
}

/** The recorded query `tables`: everyone may ask; a schema without USAGE is no error. */
export function tableKindsSql(schemas: readonly string[]): string {
  return `select n.nspname as schema, c.relname as table, c.oid::bigint as oid, c.relkind, c.relpersistence, c.relreplident, c.parttype, c.relcmprs, array_to_string(c.reloptions, ',') as reloptions, c.relhaspkey, exists (select 1 from pg_partition p where p.parentid = c.oid and p.parttype = 'r' and p.partstrategy = 'i') as interval_partitioned, (select p.partstrategy from pg_partition p where p.parentid = c.oid and p.parttype = 'r') as partition_strategy, has_table_privilege(c.oid, 'SELECT') as can_select from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'm', 'f') and n.nspname in ${literalList(schemas)} order by 1, 2`;
}

/** The facts of these tables, without those that do not exist (any more) and without views of the same name. */
export async function readTableKinds(client: SqlSession, tables: readonly TableName[]): Promise<readonly TableKind[]> {
  if (tables.length === 0) return [];
  const schemas = [...new Set(tables.map((one) => one.schema))];
  const { rows } = await client.query<KindRow>(tableKindsSql(schemas));
  return rows.filter((row) => (row.relkind === 'r' || row.relkind === 'f') && isAmong(tables)(row)).map(toKind);
}

function toKind(row: KindRow): TableKind {
  const options = readOptions(row.reloptions ?? '');
  return {
    schema: row.schema,
    table: row.table,
    oid: Number(row.oid),
    persistence: row.relpersistence,
    orientation: options.get('orientation') === 'column' ? 'column' : 'row',
    storageType: options.get('storage_type') === 'ustore' ? 'ustore' : 'astore',
    isPartitioned: row.partition_strategy !== null || (row.parttype !== null && row.parttype !== 'n'),
    partitionStrategy: row.partition_strategy,
    isIntervalPartitioned: row.interval_partitioned,
    isCompressed: isCompressed(options),
    isForeign: row.relkind === 'f',
    canSelect: row.can_select,
  };
}

/** `orientation=row,compression=no`; names and values in any case. */
function readOptions(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((option) => {
      const [name = '', value = ''] = option.toLowerCase().split('=');
      return [name, value];
    }),
  );
}

/** Not by relcmprs, which is 1 for every plain table. */
function isCompressed(options: ReadonlyMap<string, string>): boolean {
  const type = options.get('compresstype');
  return options.get('compression') === 'yes' || (type !== undefined && type !== '0');
}
