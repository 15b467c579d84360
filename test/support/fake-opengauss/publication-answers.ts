import {
  publicationSql as publicationRowSql,
  publishedTablesSql,
} from '../../../src/source/opengauss/precheck-publication.ts';
import { publicationSql } from '../../../src/source/opengauss/publications.ts';
import { built, command, type SqlHandler, type Statement, select } from './statement.ts';

const QUOTED_NAME = /"((?:[^"]|"")+)"\."((?:[^"]|"")+)"/g;

/** Publications: made of tables, as the product makes them. */
export const PUBLICATION_ANSWERS: readonly SqlHandler[] = [
  { matches: built((name) => publicationSql(name!), 1), answer: exists },
  { matches: built((name) => publicationRowSql(name!), 1), answer: row },
  { matches: built((name) => publishedTablesSql(name!), 1), answer: tables },
  { matches: /^create publication "([^"]+)" for table (.+)$/is, answer: create },
  { matches: /^drop publication if exists "([^"]+)"$/i, answer: drop },
];

function exists({ groups: [name = ''], state }: Statement) {
  return select({ pubname: 'text' }, state.publications.has(name) ? [[name]] : []);
}

function row({ groups: [name = ''], state }: Statement) {
  const columns = {
    pubname: 'text',
    pubowner: 'int8',
    puballtables: 'bool',
    pubinsert: 'bool',
    pubupdate: 'bool',
    pubdelete: 'bool',
    pubddl: 'int8',
    pubtruncate: 'bool',
  } as const;
  return select(columns, state.publications.has(name) ? [[name, '10', 'f', 't', 't', 't', '0', 't']] : []);
}

function tables({ groups: [name = ''], state }: Statement) {
  const published = (state.publications.get(name) ?? []).map((table) => state.table(table));
  return select(
    { schema: 'text', table: 'text' },
    published.map((table) => [table.schema, table.name]),
  );
}

function create({ groups: [name = '', list = ''], state }: Statement) {
  const names = [...list.matchAll(QUOTED_NAME)].map(([, schema, table]) => `${unquote(schema!)}.${unquote(table!)}`);
  for (const table of names) state.table(table);
  state.publications.set(name, names);
  return command('CREATE PUBLICATION');
}

function drop({ groups: [name = ''], state }: Statement) {
  state.publications.delete(name);
  return command('DROP PUBLICATION');
}

function unquote(name: string): string {
  return name.replaceAll('""', '"');
}
