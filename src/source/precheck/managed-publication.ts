import type { CheckResult } from '../../domain/task.ts';
import { createPublicationSql, PARTITION_ROOT_VERSION } from '../postgres/publications.ts';
import { quoteIdentifier, quoteTable } from '../postgres/quoting.ts';
import { type CheckSubject, failed, passed, tableNames } from './check.ts';
import { POSTGRES_PUBLICATIONS, type PublicationSyntax, type ServerFactsForCheck, type TableAccess } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'publication', group: 'source' };

type ServerPart = Pick<ServerFactsForCheck, 'role' | 'isSuperuser' | 'database' | 'canCreateInDatabase'> & {
  /** Only asked of servers with publish_via_partition_root. */
  readonly versionNumber?: number;
};

/** The task creates its publication itself: the role needs CREATE on the database and must own every table. */
export function checkManagedPublication(
  name: string,
  server: ServerPart,
  tables: readonly TableAccess[],
  syntax: PublicationSyntax = POSTGRES_PUBLICATIONS,
): CheckResult {
  const partitioned = tables.filter((table) => table.kind === 'p');
  if (syntax.viaRoot && (server.versionNumber ?? 0) < PARTITION_ROOT_VERSION && partitioned.length > 0)
    return tooOld(partitioned);
  if (server.isSuperuser) return passed(SUBJECT, `Publication ${name} can be created.`);
  const foreign = tables.filter((table) => !table.isOwner);
  if (server.canCreateInDatabase && foreign.length === 0) return passed(SUBJECT, `Publication ${name} can be created.`);
  const create = server.canCreateInDatabase ? [] : [`CREATE on database ${server.database}`];
  const ownership = foreign.length > 0 ? [`ownership of ${tableNames(foreign)}`] : [];
  return failed(SUBJECT, {
    message: `Role ${server.role} may not create the publication.`,
    cause: `Missing: ${[...create, ...ownership].join('; ')}.`,
    cure: `Run the SQL as a superuser. Or let a superuser create a publication and name it in source.publication: ${createPublicationSql('gausscast', tables, syntax.viaRoot)}`,
    sql: [...createGrants(server), ...ownershipSql(server.role, foreign)],
  });
}

function tooOld(partitioned: readonly TableAccess[]): CheckResult {
  return failed(SUBJECT, {
    message: `Partitioned tables cannot be captured from this server: ${tableNames(partitioned)}.`,
    cause: 'publish_via_partition_root needs PostgreSQL 13 or newer.',
    cure: 'Take them out with objects.exclude, or upgrade the source.',
  });
}

function createGrants(server: ServerPart): readonly string[] {
  if (server.canCreateInDatabase) return [];
  return [`GRANT CREATE ON DATABASE ${quoteIdentifier(server.database)} TO ${quoteIdentifier(server.role)};`];
}

/** Membership in the owner is enough; but never in a superuser, whose tables change hands instead. */
function ownershipSql(role: string, tables: readonly TableAccess[]): readonly string[] {
  const to = quoteIdentifier(role);
  const owners = new Set(tables.filter((one) => !one.ownerIsSuperuser).map((one) => one.owner));
  return [
    ...[...owners].map((owner) => `GRANT ${quoteIdentifier(owner)} TO ${to};`),
    ...tables.filter((one) => one.ownerIsSuperuser).map((one) => `ALTER TABLE ${quoteTable(one)} OWNER TO ${to};`),
  ];
}
