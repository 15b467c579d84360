import type { CheckResult } from '../../domain/task.ts';
import { createPublicationSql } from '../postgres/publications.ts';
import { quoteIdentifier, quoteTable } from '../postgres/quoting.ts';
import type { SourceTable } from '../source.ts';
import { alarm, type CheckSubject, failed, passed, tableNames } from './check.ts';
import { POSTGRES_PUBLICATIONS, type PublicationFacts, type PublicationSyntax } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'publication', group: 'source' };

interface Flaw {
  readonly text: string;
  readonly sql: string;
}

/** The publication the user named: exists, holds every selected table, publishes all kinds of changes, roots for partitions. */
export function checkUserPublication(
  name: string,
  publication: PublicationFacts | null,
  selected: readonly SourceTable[],
  syntax: PublicationSyntax = POSTGRES_PUBLICATIONS,
): CheckResult {
  if (publication === null) {
    return failed(SUBJECT, {
      message: `There is no publication ${name}.`,
      cause: 'source.publication names one that the database does not have.',
      cure: 'Run the SQL as a role that owns the tables, or leave source.publication out.',
      sql: [createPublicationSql(name, selected, syntax.viaRoot)],
    });
  }
  const flaws = [uncovered, unpublishedKinds, leavesPublished].flatMap(
    (find) => find(name, publication, selected, syntax) ?? [],
  );
  if (flaws.length > 0) {
    return failed(SUBJECT, {
      message: `Publication ${name} does not publish all changes of the selected tables.`,
      cause: flaws.map((flaw) => flaw.text).join(' '),
      cure: 'Run the SQL as the owner of the publication.',
      sql: flaws.map((flaw) => flaw.sql),
    });
  }
  return filterAlarm(name, publication, selected) ?? passed(SUBJECT, `Publication ${name} holds all selected tables.`);
}

function uncovered(name: string, publication: PublicationFacts, selected: readonly SourceTable[]): Flaw | null {
  if (publication.allTables) return null;
  const held = new Set(publication.tables.map(quoteTable));
  const missing = selected.filter((table) => !held.has(quoteTable(table)));
  if (missing.length === 0) return null;
  return {
    text: `Not in it: ${tableNames(missing)}.`,
    sql: `ALTER PUBLICATION ${quoteIdentifier(name)} ADD TABLE ${missing.map(quoteTable).join(', ')};`,
  };
}

function unpublishedKinds(
  name: string,
  publication: PublicationFacts,
  _selected: readonly SourceTable[],
  syntax: PublicationSyntax,
): Flaw | null {
  const kinds = (['insert', 'update', 'delete'] as const).filter((kind) => !publication[kind]);
  if (kinds.length === 0) return null;
  return {
    text: `It does not publish ${kinds.join(', ')}.`,
    sql: `ALTER PUBLICATION ${quoteIdentifier(name)} SET (publish = 'insert, update, delete${syntax.truncate ? ', truncate' : ''}');`,
  };
}

function leavesPublished(name: string, publication: PublicationFacts, selected: readonly SourceTable[]): Flaw | null {
  const partitioned = selected.filter((table) => table.kind === 'p');
  if (publication.viaRoot || partitioned.length === 0) return null;
  return {
    text: `It publishes changes of partitions under the partitions' names: ${tableNames(partitioned)}.`,
    sql: `ALTER PUBLICATION ${quoteIdentifier(name)} SET (publish_via_partition_root = true);`,
  };
}

function filterAlarm(
  name: string,
  publication: PublicationFacts,
  selected: readonly SourceTable[],
): CheckResult | null {
  const wanted = new Set(selected.map(quoteTable));
  const filtered = publication.filtered.filter((table) => wanted.has(quoteTable(table)));
  if (filtered.length === 0) return null;
  return alarm(SUBJECT, {
    message: `Publication ${name} filters rows or columns of ${tableNames(filtered)}.`,
    cause: 'The publication has a row filter (WHERE) or a column list for these tables.',
    cure: 'Accept it if this is meant; otherwise run the SQL.',
    sql: filtered.flatMap((table) => [
      `ALTER PUBLICATION ${quoteIdentifier(name)} DROP TABLE ${quoteTable(table)};`,
      `ALTER PUBLICATION ${quoteIdentifier(name)} ADD TABLE ${quoteTable(table)};`,
    ]),
  });
}
