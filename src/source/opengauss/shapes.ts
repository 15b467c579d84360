import type { TableName } from '../../domain/decoding.ts';
import type { ReplicaIdentity } from '../../domain/relation.ts';
import type { ShapeSource, TableShape } from '../decode/shapes.ts';
import { type CatalogTable, readTables } from './catalog-tables.ts';
import type { SqlSession } from './sql-session.ts';
import { isAmong, nameKey, tablesNamed, USER_TABLES } from './table-scope.ts';
import { readTypeOids } from './type-names.ts';

export interface Shapes {
  readonly tables: readonly TableShape[];
  /** By what format_type prints. */
  readonly typeOids: ReadonlyMap<string, number>;
}

/** Reads the shapes of these tables (null: all), and all types. A table that does not exist is missing in the answer. */
export async function loadShapes(client: SqlSession, tables: readonly TableName[] | null): Promise<Shapes> {
  const typeOids = await readTypeOids(client);
  if (tables === null) return { tables: (await readTables(client, USER_TABLES)).map(toShape), typeOids };
  if (tables.length === 0) return { tables: [], typeOids };
  const found = await readTables(client, tablesNamed(tables));
  return { tables: found.filter(isAmong(tables)).map(toShape), typeOids };
}

function toShape(table: CatalogTable): TableShape {
  const { oid, schema, replicaIdentity, columns } = table;
  const marked = identityOf(table, replicaIdentity);
  return {
    relation: {
      oid,
      schema,
      table: table.table,
      replicaIdentity,
      columns: columns.map(({ name, typeOid, typeModifier }) => ({
        name,
        typeOid,
        typeModifier,
        isIdentity: marked === 'all' || marked.includes(name),
      })),
    },
    typeNames: columns.map((column) => column.typeName),
  };
}

/** The columns that the server writes into old key rows. */
function identityOf(table: CatalogTable, identity: ReplicaIdentity): readonly string[] | 'all' {
  switch (identity) {
    case 'd':
      return table.primaryKey;
    case 'i':
      return table.identityIndex;
    case 'f':
      return 'all';
    case 'n':
      return [];
  }
}

interface ShapeLoading {
  readonly load: (tables: readonly TableName[] | null) => Promise<Shapes>;
  /** Holds the stream until the work is done; a rejection ends it. */
  readonly hold: (work: Promise<void>) => void;
}

/** What decoders know of the catalog: read ahead by `refresh`, and anew for single tables while the stream is held. */
export class ShapeDirectory implements ShapeSource {
  readonly #loading: ShapeLoading;
  readonly #tables = new Map<string, TableShape | null>();
  #typeOids: ReadonlyMap<string, number> = new Map();

  constructor(loading: ShapeLoading) {
    this.#loading = loading;
  }

  /** Reads these tables (null: all) and the types anew. */
  async refresh(tables: readonly TableName[] | null): Promise<void> {
    const shapes = await this.#loading.load(tables);
    for (const table of tables ?? []) this.#tables.set(nameKey(table), null);
    for (const shape of shapes.tables) this.#tables.set(nameKey(shape.relation), shape);
    this.#typeOids = shapes.typeOids;
  }

  find(schema: string, table: string): TableShape | null | undefined {
    return this.#tables.get(nameKey({ schema, table }));
  }

  load(schema: string, table: string): void {
    this.#loading.hold(this.refresh([{ schema, table }]));
  }

  typeOid(typeName: string): number {
    return this.#typeOids.get(typeName) ?? 0;
  }
}
