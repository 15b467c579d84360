import { HEARTBEAT_TABLE } from '../../../src/domain/decoding.ts';
import { columnsSql, keysSql, tablesSql } from '../../../src/source/opengauss/catalog-tables.ts';
import { catalogVersionsSql } from '../../../src/source/opengauss/catalog-versions.ts';
import { columnFactsSql } from '../../../src/source/opengauss/column-facts.ts';
import { enumLabelsSql, typesSql } from '../../../src/source/opengauss/column-types.ts';
import { FOREIGN_TABLES } from '../../../src/source/opengauss/foreign-tables.ts';
import { USER_TABLES } from '../../../src/source/opengauss/table-scope.ts';
import { TYPE_NAMES } from '../../../src/source/opengauss/type-names.ts';
import { uniqueIndexesSql } from '../../../src/source/opengauss/unique-indexes.ts';
import { type ModelTable, TYPE_OIDS, typname } from './model.ts';
import type { ServerState } from './state.ts';
import { built, exactly, literals, type SqlHandler, type Statement, select } from './statement.ts';

/** Tables, columns, keys and types, as the catalog tells them. */
export const TABLE_ANSWERS: readonly SqlHandler[] = [
  { matches: built(tablesSql, 1), answer: tables },
  { matches: built(columnsSql, 1), answer: columns },
  { matches: built(keysSql, 1), answer: keys },
  { matches: built((oid) => columnFactsSql(oid as never), 1), answer: columnFacts },
  { matches: built((oid) => uniqueIndexesSql(oid as never), 1), answer: uniqueIndexes },
  { matches: built((oid) => typesSql([oid!]), 1), answer: types },
  { matches: built((oid) => enumLabelsSql([oid!]), 1), answer: () => select({ oid: 'int8', enumlabel: 'text' }, []) },
  { matches: exactly(TYPE_NAMES), answer: typeNames },
  { matches: exactly(FOREIGN_TABLES), answer: foreignTables },
  { matches: built((oid) => catalogVersionsSql([oid as never]), 1), answer: catalogVersions },
];

function tables(statement: Statement) {
  const rows = inScope(statement).map((table) => [
    table.schema,
    table.name,
    String(table.oid),
    table.persistence,
    table.identity,
    table.parttype,
  ]);
  return select(
    { schema: 'text', table: 'text', oid: 'int8', relpersistence: 'text', relreplident: 'text', parttype: 'text' },
    rows,
  );
}

function columns(statement: Statement) {
  const rows = inScope(statement).flatMap((table) =>
    table.columns.map(({ name, typeOid, typeModifier, type }) => [
      String(table.oid),
      name,
      String(typeOid),
      String(typeModifier),
      type,
    ]),
  );
  return select({ oid: 'int8', attname: 'text', type_oid: 'int8', atttypmod: 'int4', type: 'text' }, rows);
}

function keys(statement: Statement) {
  const rows = inScope(statement).flatMap((table) => [
    ...table.primaryKey.map((name) => [String(table.oid), 't', 'f', name]),
    ...table.identityColumns.map((name) => [String(table.oid), 'f', 't', name]),
  ]);
  return select({ oid: 'int8', indisprimary: 'bool', indisreplident: 'bool', attname: 'text' }, rows);
}

/** Tables of the fake server have no defaults and no generated columns. */
function columnFacts({ groups: [oid], state }: Statement) {
  const rows = tableOf(oid, state).flatMap(({ columns }) =>
    columns.map(({ name, typeOid, isNotNull }) => [name, String(typeOid), isNotNull ? 't' : 'f', null, null]),
  );
  return select(
    { attname: 'text', type_oid: 'int8', attnotnull: 'bool', default_expr: 'text', is_generated: 'bool' },
    rows,
  );
}

/** The one of the identity is the only one. */
function uniqueIndexes({ groups: [oid], state }: Statement) {
  const rows = tableOf(oid, state).flatMap(({ name, identityColumns }) =>
    identityColumns.map((column) => [`${name}_identity`, column]),
  );
  return select({ index_name: 'text', attname: 'text' }, rows);
}

function types({ groups: [list = ''], state }: Statement) {
  const oids = new Set(literals(`'${list}'`).map(Number));
  const known = allTypes(state);
  const rows = known
    .filter(([, oid]) => oids.has(oid))
    .map(([name, oid]) => {
      const element = known.find(([other]) => name === `${other}[]`)?.[1] ?? 0;
      const category = name.endsWith('[]') ? 'A' : 'U';
      return [String(oid), name, typname(name), 'b', category, '0', String(element), '-1', 'f'];
    });
  return select(
    {
      oid: 'int8',
      name: 'text',
      typname: 'text',
      typtype: 'text',
      typcategory: 'text',
      base: 'int8',
      element: 'int8',
      typtypmod: 'int4',
      typnotnull: 'bool',
    },
    rows,
  );
}

function typeNames({ state }: Statement) {
  const rows = allTypes(state).map(([name, oid]) => [String(oid), name, 'pg_catalog']);
  return select({ oid: 'int8', name: 'text', schema: 'text' }, rows);
}

function foreignTables({ state }: Statement) {
  const foreign = sorted([...state.tables.values()].filter(({ kind }) => kind === 'f'));
  const rows = foreign.map(({ schema, name, oid }) => [schema, name, String(oid)]);
  return select({ schema: 'text', table: 'text', oid: 'int8' }, rows);
}

function catalogVersions({ groups: [list = ''], state }: Statement) {
  const oids = new Set(literals(`'${list}'`).map(Number));
  const rows = [...state.tables.values()]
    .filter(({ oid }) => oids.has(oid))
    .map(({ oid, changedBy }) => [String(oid), String(changedBy)]);
  return select({ oid: 'int8', xid: 'text' }, rows);
}

/** Those the server has anyway and those of its tables. */
function allTypes({ tables }: ServerState): [string, number][] {
  const used = [...tables.values()].flatMap(({ columns }) =>
    columns.map(({ type, typeOid }) => [type, typeOid] as const),
  );
  return Object.entries({ ...TYPE_OIDS, ...Object.fromEntries(used) });
}

function tableOf(oid: string | undefined, { tables }: ServerState): readonly ModelTable[] {
  return [...tables.values()].filter((table) => String(table.oid) === oid);
}

/** The tables of one of the conditions of table-scope.ts. */
function inScope({ groups: [scope = ''], state }: Statement): readonly ModelTable[] {
  const ordinary = sorted([...state.tables.values()].filter(({ kind }) => kind === 'r'));
  if (spaceless(scope) === spaceless(USER_TABLES)) {
    return ordinary.filter(({ name, persistence }) => persistence !== 't' && name !== HEARTBEAT_TABLE);
  }
  const byOid = /c\.oid = '(\d+)'/.exec(scope)?.[1];
  const schemas = literals(/n\.nspname (?:=|in) (\([^)]*\)|'(?:[^']|'')*')/.exec(scope)?.[1] ?? '');
  const names = literals(/c\.relname (?:=|in) (\(.*?\)|'(?:[^']|'')*')/s.exec(scope)?.[1] ?? '');
  return ordinary.filter(
    ({ oid, schema, name }) => String(oid) === byOid || (schemas.includes(schema) && names.includes(name)),
  );
}

function sorted(tables: readonly ModelTable[]): readonly ModelTable[] {
  return [...tables].sort((a, b) => (`${a.schema}.${a.name}` < `${b.schema}.${b.name}` ? -1 : 1));
}

function spaceless(text: string): string {
  return text.replace(/\s+/g, '');
}
