import { neutralFacts } from '../../src/domain/neutral-facts.ts';
import type { Column, ColumnFacts, Relation, TableDescription } from '../../src/domain/relation.ts';
import type { RecordedCatalog, RecordedColumn, RecordedTable, RecordedType } from './debezium-recording.ts';

/** Base types of the recorded domains that come with the server. */
const BUILT_IN_NAMES: ReadonlyMap<number, string> = new Map([
  [20, 'int8'],
  [23, 'int4'],
  [25, 'text'],
  [1043, 'varchar'],
  [1700, 'numeric'],
]);
/** Stands for the oid of an element type that comes with the server: only that it is one matters. */
const BUILT_IN_OID = 1;

interface ResolvedType {
  readonly oid: number;
  readonly name: string;
  readonly category: string;
  readonly modifier: number;
  readonly isNotNull: boolean;
  readonly isDomain: boolean;
  readonly type: RecordedType | undefined;
}

/** What the source would have told of a relation, from the recorded catalog of the moment. */
export function describeRecorded(relation: Relation, catalog: RecordedCatalog): TableDescription {
  const table =
    catalog.tables.find(({ oid }) => oid === relation.oid) ??
    catalog.tables.find(({ schema, table }) => schema === relation.schema && table === relation.table);
  const position = (name: string) => relation.columns.findIndex((column) => column.name === name);
  const positions = (names: readonly string[]) => names.map(position);
  const identity = relation.columns.flatMap((column, at) => (column.isIdentity ? [at] : []));
  const types = relation.columns.map((column) => resolveType(column, catalog.types, columnOf(table, column)));
  return {
    relation,
    keyColumns: positions(table?.primaryKey ?? []),
    identityColumns: identity,
    typeNames: types.map(({ name }) => name),
    baseTypeOids: types.map(({ oid }) => oid),
    typeCategories: types.map(({ category }) => category),
    facts: relation.columns.map((column, at) => factsOf(column, types[at]!, catalog.types, columnOf(table, column))),
    uniqueIndexes: (table?.uniqueIndexes ?? [])
      .filter(({ partial, expressions }) => !partial && !expressions)
      .map(({ columns }) => positions(columns))
      .filter((columns) => !columns.includes(-1)),
  };
}

function columnOf(table: RecordedTable | undefined, { name }: Column): RecordedColumn | undefined {
  return table?.columns.find((column) => column.name === name);
}

/** Follows domains; the modifier and NOT NULL of the domain count where the column has none. */
function resolveType(column: Column, types: readonly RecordedType[], described?: RecordedColumn): ResolvedType {
  let oid = column.typeOid;
  let modifier = -1;
  let isNotNull = false;
  let type = types.find((candidate) => candidate.oid === oid);
  const isDomain = type?.typtype === 'd';
  while (type?.typtype === 'd') {
    oid = type.baseType!;
    modifier = type.baseTypmod ?? -1;
    isNotNull ||= type.notNull ?? false;
    type = types.find((candidate) => candidate.oid === oid);
  }
  const name = type?.name ?? (isDomain ? BUILT_IN_NAMES.get(oid)! : (described?.typname ?? ''));
  const isArray = type ? type.category === 'A' : name.startsWith('_');
  return {
    oid,
    name,
    category: isArray ? 'A' : (type?.typtype ?? 'b'),
    modifier: column.typeModifier === -1 ? modifier : column.typeModifier,
    isNotNull,
    isDomain,
    type,
  };
}

function factsOf(
  column: Column,
  resolved: ResolvedType,
  types: readonly RecordedType[],
  described?: RecordedColumn,
): ColumnFacts {
  const element = elementOf(resolved, column, types);
  return {
    ...neutralFacts(resolved.name, resolved.modifier),
    isNotNull: resolved.isNotNull || (described?.notNull ?? false),
    defaultExpression: described && !described.generated ? described.default : null,
    isDomain: resolved.isDomain,
    enumLabels: resolved.type?.labels ?? types.find(({ oid }) => oid === resolved.type?.elem)?.labels ?? null,
    element,
  };
}

function elementOf({ type, name, category }: ResolvedType, column: Column, types: readonly RecordedType[]) {
  if (category !== 'A') return null;
  const element = types.find(({ oid }) => oid === type?.elem);
  if (element === undefined) return { oid: BUILT_IN_OID, name: name.slice(1), category: 'b' };
  const base = resolveType({ ...column, typeOid: element.oid }, types);
  return { oid: base.oid, name: base.name, category: base.category };
}
