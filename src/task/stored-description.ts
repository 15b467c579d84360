import { neutralFacts } from '../domain/neutral-facts.ts';
import type { Column, ColumnFacts, Relation, TableDescription } from '../domain/relation.ts';

interface Stored {
  readonly key: readonly string[];
  readonly identity: readonly string[];
  /** Not written by the first versions, like `facts`. */
  readonly unique?: readonly (readonly string[])[];
  readonly types: Readonly<Record<string, StoredType>>;
}

interface StoredType {
  readonly name: string;
  readonly baseOid: number;
  readonly category: string;
  readonly facts?: ColumnFacts;
}

const UNKNOWN: StoredType = { name: 'text', baseOid: 25, category: 'b' };

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
      facts: description.facts[i]!,
    };
  });
  const stored: Stored = {
    key: names(description.keyColumns),
    identity: names(description.identityColumns),
    unique: description.uniqueIndexes.map(names),
    types,
  };
  return JSON.stringify(stored);
}

/** Describes a relation of a table that is gone from what was stored; columns unknown then count as text. */
export function describeFromStore(relation: Relation, text: string): TableDescription {
  const stored = JSON.parse(text) as Stored;
  const { columns } = relation;
  const positions = (names: readonly string[]) =>
    names.map((name) => columns.findIndex((column) => column.name === name)).filter((position) => position >= 0);
  const types = columns.map(({ name }) => (Object.hasOwn(stored.types, name) ? stored.types[name]! : UNKNOWN));
  return {
    relation,
    keyColumns: positions(stored.key),
    identityColumns: positions(stored.identity),
    typeNames: types.map((type) => type.name),
    baseTypeOids: types.map((type) => type.baseOid),
    typeCategories: types.map((type) => type.category),
    facts: types.map((type, at) => factsOf(columns[at]!, type)),
    // Without one of its columns an index promises nothing.
    uniqueIndexes: (stored.unique ?? [])
      .map((names) => ({ names, found: positions(names) }))
      .filter(({ names, found }) => found.length === names.length)
      .map(({ found }) => found),
  };
}

/** The modifier is the stream's; what a domain has stands only in what was stored. */
function factsOf({ typeModifier }: Column, { name, facts }: StoredType): ColumnFacts {
  if (facts === undefined) return neutralFacts(name, typeModifier);
  return typeModifier === -1 && facts.isDomain ? facts : { ...facts, typeModifier };
}
