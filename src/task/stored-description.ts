import type { Relation, TableDescription } from '../domain/relation.ts';

interface Stored {
  readonly key: readonly string[];
  readonly identity: readonly string[];
  readonly types: Readonly<Record<string, StoredType>>;
}

interface StoredType {
  readonly name: string;
  readonly baseOid: number;
  readonly category: string;
}

/** JSON text of what the catalog said about a relation, by column name (positions change with every ALTER TABLE). */
export function storedDescription(description: TableDescription): string {
  const { columns } = description.relation;
  const names = (positions: readonly number[]) => positions.map((position) => columns[position]!.name);
  const types: Record<string, StoredType> = {};
  columns.forEach((column, i) => {
    types[column.name] = {
      name: description.typeNames[i]!,
      baseOid: description.baseTypeOids[i]!,
      category: description.typeCategories[i]!,
    };
  });
  const stored: Stored = { key: names(description.keyColumns), identity: names(description.identityColumns), types };
  return JSON.stringify(stored);
}

/** Describes a relation of a table that is gone from what was stored; columns unknown then count as text. */
export function describeFromStore(relation: Relation, text: string): TableDescription {
  const stored = JSON.parse(text) as Stored;
  const positions = (names: readonly string[]) =>
    names
      .map((name) => relation.columns.findIndex((column) => column.name === name))
      .filter((position) => position >= 0);
  const type = (name: string): StoredType => stored.types[name] ?? { name: 'text', baseOid: 25, category: 'b' };
  return {
    relation,
    keyColumns: positions(stored.key),
    identityColumns: positions(stored.identity),
    typeNames: relation.columns.map((column) => type(column.name).name),
    baseTypeOids: relation.columns.map((column) => type(column.name).baseOid),
    typeCategories: relation.columns.map((column) => type(column.name).category),
  };
}
